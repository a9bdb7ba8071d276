//! A response with a session's cookie is kept out of shared caches, whatever a handler's quoted string says.

use axum::Router;
use axum::extract::Path;
use axum::response::{AppendHeaders, IntoResponse};
use axum::routing::get;
use http::header::CACHE_CONTROL;
use unjwt::SessionManager;

use super::kit::{Access, World, access};
use super::support::Browser;

const FIELDS: [(&[&str], &str); 13] = [
    (&[r#"x="a, no-store ,b", s-maxage=99"#], "private, no-store"),
    (&[r#"x="private", s-maxage=99"#], "private, no-store"),
    (&[r#"x="a\", private, \"b", public"#], "private, no-store"),
    (&[r#"x="a, no-store"#], "private, no-store"),
    (&[r#"private="set-cookie", s-maxage=99"#], "private, no-store"),
    (&["public, max-age=600"], "private, no-store"),
    (&[r#"x="a, b", public"#, r#"y="no-store , c""#], "private, no-store"),
    (&["private, max-age=60"], "private, max-age=60"),
    (&["Private"], "Private"),
    (&["max-age=60 , NO-STORE"], "max-age=60 , NO-STORE"),
    (&[r#"x="a, b", private"#], r#"x="a, b", private"#),
    (&[r#"x="a\"b", no-store"#], r#"x="a\"b", no-store"#),
    (&["public", "private"], "public, private"),
];

#[tokio::test]
async fn a_quoted_string_of_a_handler_s_cache_control_is_one_value() {
    let (router, _world) = World::serve(|_| {
        let page = async |Path(index): Path<usize>, manager: SessionManager<Access>| {
            manager.replace(access("ada")).await.unwrap();
            AppendHeaders(FIELDS[index].0.iter().map(|field| (CACHE_CONTROL, *field))).into_response()
        };
        Router::new().route("/{index}", get(page))
    });
    let mut wrong = Vec::new();
    for (index, (fields, expected)) in FIELDS.iter().enumerate() {
        let reply = Browser::default().get(&router, &format!("/{index}")).await;
        assert_eq!(reply.set_cookies().len(), 1);
        if reply.cache_control() != *expected {
            wrong.push(format!("{fields:?}: {}", reply.cache_control()));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// RFC 9213 §2.2: where a cache knows such a field, it goes before `Cache-Control`.
#[tokio::test]
async fn no_field_of_a_handler_for_some_caches_lets_them_keep_a_session() {
    const TARGETED: [&str; 4] = [
        "cdn-cache-control",
        "cloudflare-cdn-cache-control",
        "vercel-cdn-cache-control",
        "surrogate-control",
    ];
    let (router, _world) = World::serve(|_| {
        let page = async |Path(writes): Path<bool>, manager: SessionManager<Access>| {
            if writes {
                manager.replace(access("ada")).await.unwrap();
            }
            AppendHeaders(TARGETED.map(|name| (name, "max-age=600"))).into_response()
        };
        Router::new().route("/{writes}", get(page))
    });
    for writes in [true, false] {
        let reply = Browser::default().get(&router, &format!("/{writes}")).await;
        assert_eq!(reply.cache_control(), if writes { "private, no-store" } else { "" });
        for name in TARGETED {
            assert_eq!(reply.headers.contains_key(name), !writes, "{name}");
        }
    }
}
