//! What the generator has no setting for.

use syn::{
    Attribute, Expr, ExprLit, File, ImplItem, Item, ItemMod, Lit, Meta, Path, Token, parse_quote,
    punctuated::Punctuated,
};

use crate::BoxError;

/// Makes the generated types fit to be public, and leaves nothing by which the façade could be gone around.
pub(super) fn polish(file: &mut File) -> Result<(), BoxError> {
    file.items.retain(|item| !matches!(item, Item::Mod(module) if module.ident == "prelude"));
    for item in &mut file.items {
        document(item);
        if let Item::Impl(block) = item {
            // It would make an HTTP client of its own, one that follows redirects.
            block.items.retain(|item| !matches!(item, ImplItem::Fn(function) if function.sig.ident == "new"));
        }
    }
    let types = file.items.iter_mut().find_map(|item| match item {
        Item::Mod(ItemMod { ident, content: Some((_, items)), .. }) if ident == "types" => Some(items),
        _ => None,
    });
    let types = types.ok_or("the generator has made no module `types`")?;
    // The error of conversions that no generated type has.
    types.retain(|item| !matches!(item, Item::Mod(module) if module.ident == "error"));
    for item in types {
        document(item);
        if let Item::Struct(item) = item {
            item.attrs.push(parse_quote!(#[non_exhaustive]));
            if SECRET.contains(&item.ident.to_string().as_str()) {
                without_debug(&mut item.attrs);
            }
        }
    }
    Ok(())
}

/// The façade writes their `Debug`: a derived one would print the `state`, which is a credential.
const SECRET: &[&str] = &["AuthorizeUrl"];

fn without_debug(attributes: &mut [Attribute]) {
    for attribute in attributes.iter_mut().filter(|attribute| attribute.path().is_ident("derive")) {
        let every = Punctuated::<Path, Token![,]>::parse_terminated;
        let Ok(traits) = attribute.parse_args_with(every) else { continue };
        let left = traits.iter().filter(|path| !path.is_ident("Debug"));
        *attribute = parse_quote!(#[derive(#(#left),*)]);
    }
}

fn document(item: &mut Item) {
    match item {
        Item::Struct(item) => {
            line_by_line(&mut item.attrs);
            item.fields.iter_mut().for_each(|field| line_by_line(&mut field.attrs));
        }
        Item::Impl(block) => {
            for item in &mut block.items {
                if let ImplItem::Fn(function) = item {
                    line_by_line(&mut function.attrs);
                }
            }
        }
        _ => {}
    }
}

/// `/// …` for each line of the description, without the JSON schema that the generator adds in a `<details>`: the type is
/// there to read.
fn line_by_line(attributes: &mut Vec<Attribute>) {
    let old = std::mem::take(attributes);
    for attribute in old {
        let Some(text) = doc(&attribute) else {
            attributes.push(attribute);
            continue;
        };
        let description = text.split("<details>").next().unwrap_or_default().trim();
        attributes.extend(description.lines().map(|line| -> Attribute {
            let line = if line.is_empty() { String::new() } else { format!(" {line}") };
            parse_quote!(#[doc = #line])
        }));
    }
}

fn doc(attribute: &Attribute) -> Option<String> {
    match &attribute.meta {
        Meta::NameValue(pair) if pair.path.is_ident("doc") => match &pair.value {
            Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text.value()),
            _ => None,
        },
        _ => None,
    }
}
