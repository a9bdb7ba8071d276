//! `Session::SPEC`: what the attribute says, as a constant.

use proc_macro2::{Ident, TokenStream};
use quote::quote;
use syn::ext::IdentExt;

use super::{Family, Frame, login, version};
use crate::serde_attrs;
use crate::validate::{Algorithms, Cookie, Elsewhere, Source, Validated};

pub(super) fn expand(frame: &Frame<'_>, validated: &Validated) -> TokenStream {
    let krate = &frame.krate;
    let Validated {
        type_name,
        name,
        typ,
        algorithms,
        read_only,
        elsewhere,
        max_age,
        absolute,
        revocable,
        rotation,
        login,
        renew_after,
        extend,
        version,
        cookie,
        header,
        sources,
        issuer,
        audience,
        subject,
        clock_tolerance,
        required_claims,
        filtered,
        fresh_members,
        members,
        csrf,
        bound,
    } = validated;
    let protection = match algorithms {
        Algorithms::Jwe { alg, enc } => {
            let alg = option(alg.as_ref().map(|alg| algorithm(krate, "JweAlg", alg)));
            let enc = option(enc.as_ref().map(|enc| algorithm(krate, "Enc", enc)));
            quote!(Jwe { alg: #alg, enc: #enc })
        }
        Algorithms::Jws { alg } => {
            let alg = option(alg.as_ref().map(|alg| algorithm(krate, "JwsAlg", alg)));
            quote!(Jws { alg: #alg })
        }
    };
    let elsewhere = option(elsewhere.as_ref().map(|elsewhere| self::elsewhere(krate, elsewhere)));
    let seconds = max_age;
    let (max_age, absolute) = (option(*max_age), option(*absolute));
    let revocable =
        option(revocable.as_ref().map(|revocable| login::spec(krate, revocable, rotation.as_ref())));
    let login = login.as_ref().map_or_else(|| option(None::<u64>), |login| login::of(frame, login, *seconds));
    let renew_after = option(*renew_after);
    let version = version::spec(krate, version.as_ref());
    let cookie = option(cookie.as_ref().map(|cookie| self::cookie(krate, cookie)));
    let header = option(header.as_ref());
    let sources = sources.iter().map(|source| match source {
        Source::Cookie => quote!(#krate::__private::TokenSource::Cookie),
        Source::Header => quote!(#krate::__private::TokenSource::Header),
    });
    let (issuer, subject) = (option(issuer.as_ref()), option(subject.as_ref()));
    let symmetry = symmetry(frame, validated);
    let mapping = if *filtered { quote!(Filtered) } else { quote!(Direct) };
    quote! {
        #krate::__private::Spec {
            type_name: #type_name,
            name: #name,
            typ: #typ,
            protection: #krate::__private::Protection::#protection,
            read_only: #read_only,
            elsewhere: #elsewhere,
            max_age: #max_age,
            absolute: #absolute,
            revocable: #revocable,
            login: #login,
            renew_after: #renew_after,
            extend: #krate::__private::Extend::#extend,
            version: #version,
            cookie: #cookie,
            header: #header,
            sources: &[#(#sources),*],
            policy: #krate::__private::PolicySpec {
                issuer: #issuer,
                audience: &[#(#audience),*],
                subject: #subject,
                clock_tolerance: #clock_tolerance,
                required_claims: &[#(#required_claims),*],
            },
            mapping: #krate::__private::ClaimMapping::#mapping,
            fresh_members: #fresh_members,
            members: &[#(#members),*],
            csrf: #csrf,
            bound: #bound,
            #symmetry
        }
    }
}

/// The proof that the session reads whatever it writes, as far as the attributes go; the types of the fields
/// have the last word.
fn symmetry(frame: &Frame<'_>, validated: &Validated) -> TokenStream {
    let krate = &frame.krate;
    let model = frame.model;
    let fields = || model.fields.iter().map(|field| field.ident);
    let types = || model.fields.iter().map(|field| &field.field.ty);
    let is_plain = serde_attrs::are_only(&model.input.attrs, "rename_all")
        && model.fields.iter().all(|field| serde_attrs::are_only(&field.field.attrs, "rename"));
    if !is_plain || frame.elsewhere || !writes_what_it_requires(validated) {
        return quote!(symmetric: false, layout: &[],);
    }
    let (idents, tys, sized) = (fields(), types(), types());
    let proof = model.fields.first().map(|_| quote!(use #krate::__private::Unproven as _;));
    quote! {
        symmetric: {
            #proof
            true #(&& #krate::__private::Type::<#tys>::SYMMETRIC)*
        },
        layout: &[#((::core::mem::offset_of!(Self, #idents), ::core::mem::size_of::<#sized>())),*],
    }
}

/// Returns whether, by the attribute alone, every token has the claims of `required_claims`.
fn writes_what_it_requires(validated: &Validated) -> bool {
    let Validated { max_age, issuer, audience, subject, required_claims, members, .. } = validated;
    required_claims.iter().all(|claim| match claim.as_str() {
        "jti" | "iat" => true,
        "exp" if max_age.is_some() => true,
        "iss" if issuer.is_some() => true,
        "aud" if !audience.is_empty() => true,
        "sub" if subject.is_some() => true,
        _ => members.contains(claim),
    })
}

/// A specification that clashes with no other session's.
pub(super) fn permissive(frame: &Frame<'_>) -> TokenStream {
    let krate = &frame.krate;
    let type_name = frame.model.input.ident.unraw().to_string();
    let protection = match frame.family {
        Some(Family::Jws) => quote!(Jws { alg: ::core::option::Option::None }),
        _ => quote!(Jwe { alg: ::core::option::Option::None, enc: ::core::option::Option::None }),
    };
    quote! {
        #krate::__private::Spec {
            type_name: #type_name,
            name: #type_name,
            typ: "JWT",
            protection: #krate::__private::Protection::#protection,
            read_only: false,
            elsewhere: ::core::option::Option::None,
            max_age: ::core::option::Option::None,
            absolute: ::core::option::Option::None,
            revocable: ::core::option::Option::None,
            login: ::core::option::Option::None,
            renew_after: ::core::option::Option::None,
            extend: #krate::__private::Extend::Update,
            version: ::core::option::Option::None,
            cookie: ::core::option::Option::None,
            header: ::core::option::Option::None,
            sources: &[],
            policy: #krate::__private::PolicySpec {
                issuer: ::core::option::Option::None,
                audience: &[],
                subject: ::core::option::Option::None,
                clock_tolerance: 0,
                required_claims: &[],
            },
            mapping: #krate::__private::ClaimMapping::Direct,
            fresh_members: false,
            members: &[],
            csrf: true,
            // No login is bound: by this, the checks of a session that belongs to it know it.
            bound: true,
            symmetric: false,
            layout: &[],
        }
    }
}

fn elsewhere(krate: &TokenStream, elsewhere: &Elsewhere) -> TokenStream {
    let Elsewhere { types, untyped, audience_claim } = elsewhere;
    let audience_claim = option(audience_claim.as_ref());
    quote! {
        #krate::__private::ElsewhereSpec {
            types: &[#(#types),*],
            untyped: #untyped,
            audience_claim: #audience_claim,
        }
    }
}

fn cookie(krate: &TokenStream, cookie: &Cookie) -> TokenStream {
    let Cookie {
        path,
        domain,
        secure,
        http_only,
        same_site,
        partitioned,
        max_age,
        browser_session,
        chunk_max_length,
        max_chunks,
    } = cookie;
    let (domain, max_age) = (option(domain.as_ref()), option(*max_age));
    let same_site = option(Some(quote!(#krate::__private::SameSite::#same_site)));
    quote! {
        #krate::__private::CookieSpec {
            path: #path,
            domain: #domain,
            secure: #secure,
            http_only: #http_only,
            same_site: #same_site,
            partitioned: #partitioned,
            max_age: #max_age,
            browser_session: #browser_session,
            chunk_max_length: #chunk_max_length,
            max_chunks: #max_chunks,
        }
    }
}

fn algorithm(krate: &TokenStream, table: &str, variant: &Ident) -> TokenStream {
    let table = quote::format_ident!("{table}");
    quote!(#krate::__private::#table::#variant)
}

pub(super) fn option<T: quote::ToTokens>(value: Option<T>) -> TokenStream {
    match value {
        Some(value) => quote!(::core::option::Option::Some(#value)),
        None => quote!(::core::option::Option::None),
    }
}
