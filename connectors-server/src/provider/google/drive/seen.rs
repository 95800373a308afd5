//! What is remembered of files: in which folder they are, and whether in the trash. It is part of the cursor, so it is
//! bounded, and holds hashes in place of names.

use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::crypto::sha256;

/// How many files are remembered: those that changed last. Drive lists as many on a page.
pub(super) const LIMIT: usize = 1_000;

/// The bytes of an entry: six for the file, three for its folder, one for the trash.
const ENTRY: usize = 10;

/// A file, as far as it is remembered.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct File {
    pub(super) id: String,
    pub(super) parents: Option<Vec<String>>,
    pub(super) trashed: Option<bool>,
}

/// The files that changed last, the last one at the end.
#[derive(Default)]
pub(super) struct Seen(Vec<[u8; ENTRY]>);

/// Where a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    /// A hash of its parents.
    pub(super) folder: [u8; 3],
    /// Whether it is in the trash.
    pub(super) trashed: bool,
}

impl Seen {
    /// Where the file was when it was noted last.
    pub(super) fn of(&self, id: &str) -> Option<Place> {
        let file = hashed::<6>(&[id.as_bytes()]);
        let entry = self.0.iter().find(|entry| entry[..6] == file)?;
        Some(Place { folder: [entry[6], entry[7], entry[8]], trashed: entry[9] != 0 })
    }

    /// Notes where the file is.
    pub(super) fn note(&mut self, file: &File) -> Place {
        let mut parents: Vec<&str> = file.parents.iter().flatten().map(String::as_str).collect();
        parents.sort_unstable();
        let place =
            Place { folder: hashed(&[parents.join("/").as_bytes()]), trashed: file.trashed.unwrap_or_default() };
        self.forget(&file.id);
        if self.0.len() >= LIMIT {
            self.0.drain(..=self.0.len() - LIMIT);
        }
        let mut entry = [0; ENTRY];
        entry[..6].copy_from_slice(&hashed::<6>(&[file.id.as_bytes()]));
        entry[6..9].copy_from_slice(&place.folder);
        entry[9] = u8::from(place.trashed);
        self.0.push(entry);
        place
    }

    pub(super) fn forget(&mut self, id: &str) {
        let file = hashed::<6>(&[id.as_bytes()]);
        self.0.retain(|entry| entry[..6] != file);
    }
}

fn hashed<const N: usize>(parts: &[&[u8]]) -> [u8; N] {
    let hash = sha256(parts);
    std::array::from_fn(|index| hash[index])
}

impl Serialize for Seen {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD_NO_PAD.encode(self.0.concat()))
    }
}

impl<'de> Deserialize<'de> for Seen {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let bytes = STANDARD_NO_PAD.decode(String::deserialize(deserializer)?).map_err(de::Error::custom)?;
        let (entries, rest) = bytes.as_chunks::<ENTRY>();
        if rest.is_empty() { Ok(Self(entries.to_vec())) } else { Err(de::Error::custom("a cut entry")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(id: usize, parent: &str, trashed: bool) -> File {
        File { id: id.to_string(), parents: Some(vec![parent.into()]), trashed: Some(trashed) }
    }

    #[test]
    fn the_last_files_are_remembered_and_come_back_from_their_text() {
        let mut seen = Seen::default();
        for id in 0..LIMIT + 5 {
            seen.note(&file(id, "a", id % 2 == 0));
        }
        seen.note(&file(7, "b", false));
        seen.forget("8");
        let seen: Seen = serde_json::from_str(&serde_json::to_string(&seen).unwrap()).unwrap();
        assert_eq!((seen.of("0"), seen.of("4"), seen.of("8")), (None, None, None));
        let (six, seven, nine) = (seen.of("6").unwrap(), seen.of("7").unwrap(), seen.of("9").unwrap());
        assert!(six.trashed && !seven.trashed && !nine.trashed);
        assert!(six.folder == nine.folder && seven.folder != nine.folder);
        assert_eq!(seen.0.len(), LIMIT - 1);
    }
}
