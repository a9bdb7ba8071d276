//! What serde's attributes say about the claims: names, defaults, and what is left out.
//!
//! serde itself reports what is wrong with its attributes; one that cannot be read here counts as absent.

use darling::util::Flag;
use darling::{FromAttributes, FromMeta};
use proc_macro2::Ident;
use syn::ext::IdentExt;
use syn::{Attribute, Expr, ExprLit, Lit, LitStr, Meta};

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
    write: Option<LitStr>,
    read: Option<LitStr>,
}

impl FromMeta for Renames {
    fn from_value(value: &Lit) -> darling::Result<Self> {
        let name = LitStr::from_value(value)?;
        Ok(Self { write: Some(name.clone()), read: Some(name) })
    }

    fn from_list(items: &[darling::ast::NestedMeta]) -> darling::Result<Self> {
        let mut renames = Self::default();
        for item in items {
            let darling::ast::NestedMeta::Meta(Meta::NameValue(pair)) = item else { continue };
            let Expr::Lit(ExprLit { lit: Lit::Str(name), .. }) = &pair.value else { continue };
            if pair.path.is_ident("serialize") {
                renames.write = Some(name.clone());
            } else if pair.path.is_ident("deserialize") {
                renames.read = Some(name.clone());
            }
        }
        Ok(renames)
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
        let name = |rename: &Option<LitStr>, rule: &Option<LitStr>| match (rename, rule) {
            (Some(literal), _) => WireName { name: literal.value(), literal: Some(literal.clone()) },
            (None, Some(rule)) => WireName { name: names::rename_all(&rule.value(), &own), literal: None },
            (None, None) => WireName { name: own.clone(), literal: None },
        };
        let write = name(&self.rename.write, &container.rename_all.write);
        let mut read = vec![name(&self.rename.read, &container.rename_all.read)];
        read.extend(
            self.alias.iter().map(|alias| WireName { name: alias.value(), literal: Some(alias.clone()) }),
        );
        WireNames { write, read }
    }
}

#[cfg(test)]
mod tests {
    use syn::parse_quote;

    use super::*;

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
