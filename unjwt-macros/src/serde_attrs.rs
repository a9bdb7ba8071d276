//! serde's attributes, as far as they concern the claims: names, defaults, and omitted fields.
//!
//! serde itself reports what is wrong with its attributes; one that cannot be read here counts as absent.

use darling::util::Flag;
use darling::{FromAttributes, FromMeta};
use proc_macro2::Ident;
use syn::ext::IdentExt;
use syn::punctuated::Punctuated;
use syn::{Attribute, Expr, ExprLit, Lit, LitStr, Meta, Token};

use crate::names;

/// `#[serde(..)]` of the struct.
#[derive(Default, FromAttributes)]
#[darling(attributes(serde), allow_unknown_fields)]
pub(crate) struct Container {
    #[darling(default)]
    pub(crate) rename_all: Renames,
    pub(crate) default: Option<DefaultValue>,
    pub(crate) deny_unknown_fields: Flag,
    pub(crate) transparent: Flag,
    pub(crate) from: Option<LitStr>,
    pub(crate) try_from: Option<LitStr>,
    pub(crate) into: Option<LitStr>,
    pub(crate) tag: Option<LitStr>,
    pub(crate) untagged: Flag,
    pub(crate) remote: Option<LitStr>,
}

/// `#[serde(..)]` of a field.
#[derive(Default, FromAttributes)]
#[darling(attributes(serde), allow_unknown_fields)]
pub(crate) struct Field {
    #[darling(default)]
    rename: Renames,
    #[darling(multiple)]
    alias: Vec<LitStr>,
    pub(crate) flatten: Flag,
    pub(crate) default: Option<DefaultValue>,
    pub(crate) skip: Flag,
    pub(crate) skip_serializing: Flag,
    pub(crate) skip_deserializing: Flag,
    pub(crate) skip_serializing_if: Option<LitStr>,
    with: Option<LitStr>,
    deserialize_with: Option<LitStr>,
}

/// `default` or `default = "path"`.
pub(crate) enum DefaultValue {
    Trait,
    Path(LitStr),
}

impl FromMeta for DefaultValue {
    fn from_word() -> darling::Result<Self> {
        Ok(Self::Trait)
    }

    fn from_value(value: &Lit) -> darling::Result<Self> {
        LitStr::from_value(value).map(Self::Path)
    }
}

/// `rename = ".."` or `rename(serialize = "..", deserialize = "..")`, and the same for `rename_all`.
#[derive(Default)]
pub(crate) struct Renames {
    pub(crate) write: Option<LitStr>,
    /// A field may be read under several names.
    pub(crate) read: Vec<LitStr>,
}

impl FromMeta for Renames {
    fn from_value(value: &Lit) -> darling::Result<Self> {
        let name = LitStr::from_value(value)?;
        Ok(Self { write: Some(name.clone()), read: vec![name] })
    }

    fn from_list(items: &[darling::ast::NestedMeta]) -> darling::Result<Self> {
        let mut renames = Self::default();
        for item in items {
            let darling::ast::NestedMeta::Meta(Meta::NameValue(pair)) = item else { continue };
            let Some(name) = string(&pair.value) else { continue };
            if pair.path.is_ident("serialize") {
                renames.write = Some(name);
            } else if pair.path.is_ident("deserialize") {
                renames.read.push(name);
            }
        }
        Ok(renames)
    }
}

/// Returns whether serde's attributes are at most this one, with one name for both directions.
pub(crate) fn are_only(attrs: &[Attribute], key: &str) -> bool {
    attrs.iter().filter(|attr| attr.path().is_ident("serde")).all(|attr| {
        let items = attr.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated);
        items.is_ok_and(|items| {
            items.iter().all(|item| match item {
                Meta::NameValue(pair) => pair.path.is_ident(key) && string(&pair.value).is_some(),
                Meta::Path(_) | Meta::List(_) => false,
            })
        })
    })
}

/// A string, seen through the invisible group of a macro's `$name:literal`.
fn string(value: &Expr) -> Option<LitStr> {
    match value {
        Expr::Lit(ExprLit { lit: Lit::Str(string), .. }) => Some(string.clone()),
        Expr::Group(group) => string(&group.expr),
        _ => None,
    }
}

/// A member's name in the payload, and where it is written.
pub(crate) struct WireName {
    pub(crate) name: String,
    /// The string in serde's attribute; `None` for the field's own name.
    pub(crate) literal: Option<LitStr>,
}

/// The names of one field.
pub(crate) struct WireNames {
    /// The name that is written.
    pub(crate) write: WireName,
    /// The names under which it is read; the first is not an alias.
    pub(crate) read: Vec<WireName>,
}

impl Container {
    pub(crate) fn read(attrs: &[Attribute]) -> Self {
        Self::from_attributes(attrs).unwrap_or_default()
    }
}

impl Field {
    pub(crate) fn read(attrs: &[Attribute]) -> Self {
        Self::from_attributes(attrs).unwrap_or_default()
    }

    /// The names that the field has in the payload.
    pub(crate) fn wire_names(&self, field: &Ident, container: &Container) -> WireNames {
        let own = field.unraw().to_string();
        let written = |literal: &LitStr| WireName { name: literal.value(), literal: Some(literal.clone()) };
        let by_rule = |rule: Option<&LitStr>| WireName {
            name: rule.map_or_else(|| own.clone(), |rule| names::rename_all(&rule.value(), &own)),
            literal: None,
        };
        let write =
            self.rename.write.as_ref().map_or_else(|| by_rule(container.rename_all.write.as_ref()), written);
        let mut read: Vec<_> = self.rename.read.iter().map(written).collect();
        if read.is_empty() {
            read.push(by_rule(container.rename_all.read.first()));
        }
        read.extend(self.alias.iter().map(written));
        WireNames { write, read }
    }

    /// Returns whether a function of the struct's author reads the field: serde then requires the claim even
    /// of an `Option`.
    pub(crate) fn is_read_by_a_function(&self) -> bool {
        self.with.is_some() || self.deserialize_with.is_some()
    }

    /// Returns whether the claim is left out for `None` alone, which serde reads back from nothing, whatever
    /// the type is called.
    pub(crate) fn leaves_out_none(&self) -> bool {
        let path = self.skip_serializing_if.as_ref().map(LitStr::value);
        path.is_some_and(|path| path.rsplit("::").next().is_some_and(|last| last.trim() == "is_none"))
    }
}

#[cfg(test)]
mod tests {
    use syn::parse_quote;

    use super::*;

    #[test]
    fn knows_attributes_that_cannot_part_the_directions() {
        let only = |attrs: &[Attribute]| are_only(attrs, "rename");
        assert!(only(&[]));
        assert!(only(&[parse_quote!(#[doc = "serde"]), parse_quote!(#[serde(rename = "a")])]));
        let others: [Attribute; 9] = [
            parse_quote!(#[serde(rename(serialize = "a", deserialize = "b"))]),
            parse_quote!(#[serde(rename = "a", default)]),
            parse_quote!(#[serde(alias = "a")]),
            parse_quote!(#[serde(skip)]),
            parse_quote!(#[serde(with = "a")]),
            parse_quote!(#[serde(rename_all = "camelCase")]),
            parse_quote!(#[serde(serialize_with = "a")]),
            parse_quote!(#[serde(not an attribute)]),
            parse_quote!(#[serde]),
        ];
        for other in others {
            assert!(!only(&[parse_quote!(#[serde(rename = "a")]), other]));
        }
    }

    #[test]
    fn reads_names_beside_attributes_it_does_not_know() {
        let container = Container::read(&[
            parse_quote!(#[serde(rename_all = "camelCase", crate = "serde", bound = "", tag = "t")]),
        ]);
        let field = Field::read(&[
            parse_quote!(#[serde(with = "module", alias = "a", alias = "b", default = "path::of")]),
            parse_quote!(#[serde(rename(serialize = "w"), skip_serializing_if = "Option::is_none")]),
        ]);
        let names = field.wire_names(&parse_quote!(r#type_of), &container);
        assert_eq!(names.write.name, "w");
        let read: Vec<_> = names.read.into_iter().map(|name| name.name).collect();
        assert_eq!(read, ["typeOf", "a", "b"]);
        assert!(matches!(field.default, Some(DefaultValue::Path(_))));
        assert_eq!(container.tag.unwrap().value(), "t");
    }
}
