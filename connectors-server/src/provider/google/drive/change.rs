//! Changes of files, and the signals that they become.

use serde::Deserialize;

use super::seen::File;
use crate::model::{Reference, SignalDraft, SignalKind, Timestamp, display_text, web_url};

/// A change as the list tells it, as far as it is read. What is missing or null is no error.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Told {
    change_type: Option<String>,
    time: Option<String>,
    pub(super) removed: Option<bool>,
    file_id: Option<String>,
    file: Option<Named>,
}

/// The file as it is now; a removed one is not shown.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Named {
    name: Option<String>,
    web_view_link: Option<String>,
    created_time: Option<String>,
    modified_time: Option<String>,
    trashed: Option<bool>,
    parents: Option<Vec<String>>,
    drive_id: Option<String>,
    last_modifying_user: Option<User>,
    trashing_user: Option<User>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct User {
    display_name: Option<String>,
    email_address: Option<String>,
    permission_id: Option<String>,
}

/// An id, if it looks like one of Google's: it is stored, and stands in links.
fn id(text: Option<&String>) -> Option<&str> {
    let is_id = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    text.map(String::as_str).filter(|id| (1..=128).contains(&id.len()) && id.bytes().all(is_id))
}

fn time(text: Option<&String>) -> Option<Timestamp> {
    Timestamp::parse(text?).ok()
}

impl Told {
    /// The file, if the change is one of a file and not of a shared drive.
    pub(super) fn id(&self) -> Option<&str> {
        id(self.file_id.as_ref()).filter(|_| self.change_type.as_deref().is_none_or(|kind| kind == "file"))
    }

    pub(super) fn time(&self) -> Option<Timestamp> {
        time(self.time.as_ref())
    }

    /// The file's object and version.
    pub(super) fn key(&self, kind: SignalKind) -> Option<String> {
        Some(format!("{}/{}/{kind}", self.id()?, self.time()?))
    }

    pub(super) fn created(&self) -> Option<Timestamp> {
        time(self.file.as_ref()?.created_time.as_ref())
    }

    pub(super) fn modified(&self) -> Option<Timestamp> {
        time(self.file.as_ref()?.modified_time.as_ref())
    }

    /// Where the file is now, and whether in the trash.
    pub(super) fn file(&self) -> Option<File> {
        let file = self.file.as_ref()?;
        Some(File { id: self.id()?.to_owned(), parents: file.parents.clone(), trashed: file.trashed })
    }
}

/// What a change of this kind becomes.
pub(super) fn draft(kind: SignalKind, told: &Told) -> Option<SignalDraft> {
    let (file_id, nothing) = (told.id()?, Named::default());
    let file = told.file.as_ref().unwrap_or(&nothing);
    let name = display_text(file.name.as_deref().unwrap_or_default());
    let title = match (name.is_empty(), kind) {
        (false, _) => name,
        (true, SignalKind::FileDeleted) => "File deleted".to_owned(),
        (true, _) => "File without a name".to_owned(),
    };
    let actor = match kind {
        SignalKind::FileCreated | SignalKind::FileUpdated => file.last_modifying_user.as_ref(),
        SignalKind::FileDeleted => file.trashing_user.as_ref(),
        // Who moved it is not told.
        SignalKind::FileMoved => None,
        _ => return None,
    };
    let link = file.web_view_link.as_deref().and_then(web_url);
    let url = match told.file {
        Some(_) => link.or_else(|| Some(format!("https://drive.google.com/open?id={file_id}"))),
        None => None,
    };
    Some(SignalDraft {
        kind,
        occurred_at: told.time(),
        title,
        url,
        actor: actor.and_then(person),
        source: source(file),
    })
}

fn person(user: &User) -> Option<Reference> {
    let id = id(user.permission_id.as_ref())?.to_owned();
    let name = |text: &Option<String>| text.as_deref().map(display_text).filter(|name| !name.is_empty());
    let name = name(&user.display_name).or_else(|| name(&user.email_address));
    Some(Reference { name: name.unwrap_or_else(|| id.clone()), id, url: None })
}

/// The drive: a shared one, which is told by its id alone, or the user's own, whose id in the API is an alias.
fn source(file: &Named) -> Option<Reference> {
    Some(match id(file.drive_id.as_ref()) {
        Some(id) => Reference {
            id: id.to_owned(),
            name: id.to_owned(),
            url: Some(format!("https://drive.google.com/drive/folders/{id}")),
        },
        None => Reference {
            id: "root".into(),
            name: "My Drive".into(),
            url: Some("https://drive.google.com/drive/my-drive".into()),
        },
    })
}
