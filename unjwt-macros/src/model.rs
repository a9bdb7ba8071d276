//! The struct under the attribute: what every step after parsing works with.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote};
use syn::{Data, DeriveInput, Fields, GenericArgument, GenericParam, PathArguments, Type};

use crate::errors::Errors;
use crate::serde_attrs;

/// A field with what its attributes say.
pub(crate) struct Field<'a> {
    pub(crate) ident: &'a Ident,
    pub(crate) field: &'a syn::Field,
    pub(crate) serde: serde_attrs::Field,
    pub(crate) confidential: Option<Ident>,
}

/// The struct as the derive sees it before it looks at the settings.
pub(crate) struct Model<'a> {
    pub(crate) input: &'a DeriveInput,
    pub(crate) serde: serde_attrs::Container,
    pub(crate) fields: Vec<Field<'a>>,
    /// `true` if a `Session` impl can be written at all, be it only as a fallback.
    pub(crate) can_implement: bool,
}

impl<'a> Model<'a> {
    /// Looks at the item's shape, and reports what can be no session.
    pub(crate) fn read(input: &'a DeriveInput, errors: &mut Errors) -> Self {
        let mut model = Self {
            input,
            serde: serde_attrs::Container::read(&input.attrs),
            fields: Vec::new(),
            can_implement: true,
        };
        match &input.data {
            Data::Struct(data) => match &data.fields {
                Fields::Named(named) => {
                    let fields = named.named.iter().filter_map(|field| {
                        let ident = field.ident.as_ref()?;
                        let serde = serde_attrs::Field::read(&field.attrs);
                        let confidential = crate::parse::confidential(&field.attrs, errors);
                        Some(Field { ident, field, serde, confidential })
                    });
                    model.fields = fields.collect();
                }
                Fields::Unnamed(fields) => errors.push(
                    fields,
                    "a session needs named fields: their names are the claims\nhelp: write `struct Name { field: Type }`",
                ),
                Fields::Unit => errors.push(
                    &input.ident,
                    format!("a session needs named fields: their names are the claims\nhelp: write `struct {0} {{}}` for a session without data", input.ident),
                ),
            },
            Data::Enum(data) => errors.push(
                data.enum_token,
                "an enum cannot be a session: its variants have no claims in common\nhelp: put it in a field of a struct",
            ),
            Data::Union(data) => {
                model.can_implement = false;
                errors.push(data.union_token, "a union cannot be a session\nhelp: use a struct with named fields");
            }
        }
        for lifetime in input.generics.lifetimes() {
            model.can_implement = false;
            errors.push(
                lifetime,
                "a session cannot borrow: it outlives the request's bytes\nhelp: use owned types, like `String` for `&str`",
            );
        }
        model
    }

    /// The struct's type, as it is written outside of its impls.
    pub(crate) fn ty(&self) -> TokenStream {
        let ident = &self.input.ident;
        let (_, generics, _) = self.input.generics.split_for_impl();
        quote!(#ident #generics)
    }

    pub(crate) fn is_generic(&self) -> bool {
        self.input.generics.params.iter().any(|param| !matches!(param, GenericParam::Lifetime(_)))
    }
}

impl Field<'_> {
    /// Returns whether the field is part of the token at all.
    pub(crate) fn is_claim(&self) -> bool {
        let serde = &self.serde;
        let left_out = serde.skip_serializing.is_present() && serde.skip_deserializing.is_present();
        !left_out && !serde.skip.is_present()
    }

    pub(crate) fn is_option(&self) -> bool {
        last_segment(&self.field.ty).is_some_and(|segment| segment.ident == "Option")
    }

    /// Returns whether a token can be read without the field.
    pub(crate) fn may_be_absent(&self, container: &serde_attrs::Container) -> bool {
        let serde = &self.serde;
        serde.default.is_some()
            || container.default.is_some()
            || serde.skip_deserializing.is_present()
            || (self.is_option() || serde.leaves_out_none()) && !serde.is_read_by_a_function()
    }
}

/// The last segment of a type that is a path, seen through invisible groups.
pub(crate) fn last_segment(ty: &Type) -> Option<&syn::PathSegment> {
    match ty {
        Type::Path(path) => path.path.segments.last(),
        Type::Group(group) => last_segment(&group.elem),
        Type::Paren(paren) => last_segment(&paren.elem),
        _ => None,
    }
}

/// The one type argument of `name<X>`, whatever path leads to `name`.
pub(crate) fn argument_of<'t>(ty: &'t Type, name: &str) -> Option<&'t Type> {
    let segment = last_segment(ty).filter(|segment| segment.ident == name)?;
    let PathArguments::AngleBracketed(arguments) = &segment.arguments else { return None };
    match arguments.args.iter().collect::<Vec<_>>().as_slice() {
        [GenericArgument::Type(ty)] => Some(ty),
        _ => None,
    }
}

/// Returns whether one of the item's generic parameters occurs in the tokens.
pub(crate) fn mentions_parameter(generics: &syn::Generics, tokens: &impl ToTokens) -> bool {
    fn mentions(names: &[&Ident], tokens: TokenStream) -> bool {
        tokens.into_iter().any(|token| match token {
            proc_macro2::TokenTree::Ident(ident) => names.contains(&&ident),
            proc_macro2::TokenTree::Group(group) => mentions(names, group.stream()),
            _ => false,
        })
    }
    let names: Vec<_> = generics
        .params
        .iter()
        .filter_map(|param| match param {
            GenericParam::Type(param) => Some(&param.ident),
            GenericParam::Const(param) => Some(&param.ident),
            GenericParam::Lifetime(_) => None,
        })
        .collect();
    mentions(&names, tokens.to_token_stream())
}
