//! Tokens in headers.

use serde_json::{Value, json};
use unjwt::__private::{Spec, TokenSource};
use unjwt_tests::told;

use crate::node::node;
use crate::pair::{BOTH_WAYS, Npm, Ours};
use crate::setup::{families, sealed};

#[test]
fn a_program_carries_its_token_from_one_side_to_the_other() {
    let Some(node) = node() else { return };
    let mut held = 0;
    // The usual header is `x-<name>-session` on both sides.
    let settings = [
        ("x-sid-session", json!({ "cookie": false })),
        ("authorization", json!({ "cookie": false, "sessionHeader": "Authorization" })),
    ];
    for (header, npm) in settings {
        let change = |spec: &mut Spec| {
            spec.cookie = None;
            spec.sources = &[TokenSource::Header];
            spec.header = Some(header);
        };
        for mut pair in families(node, &npm, change) {
            for (one, other) in BOTH_WAYS {
                for scheme in ["Bearer ", ""] {
                    pair.no_headers();
                    let begun = pair.begin(one);
                    assert!(begun.answer.set_cookies.is_empty(), "{begun:?}");
                    pair.header(header, &format!("{scheme}{}", begun.token()));
                    assert_eq!(pair.read(other).valid().session(), begun.session(), "{one:?} {header}");

                    let updated = pair.update(other, &json!({ "visits": 2 }));
                    pair.no_headers();
                    pair.header(header, &format!("{scheme}{}", updated.token()));
                    assert_eq!(pair.read(one).valid().session(), updated.session(), "{other:?} {header}");
                    held += 1;
                }
            }
        }
    }
    told!("neighbour: {held} sessions in headers, begun on either side");
}

#[test]
fn a_header_goes_before_a_cookie() {
    let Some(node) = node() else { return };
    for mut pair in families(node, &Value::Null, |_| {}) {
        let program = pair.begin(Npm);
        pair.forget();
        let person = pair.begin(Ours);
        for (side, _) in BOTH_WAYS {
            assert_eq!(pair.read_with(side, "x-sid-session", program.token()).id(), program.id(), "{side:?}");
            assert_eq!(pair.read(side).id(), person.id(), "{side:?}");
        }
    }
    // By default, the cookie takes precedence here.
    let mut pair =
        sealed(node, &Value::Null, |spec| spec.sources = &[TokenSource::Cookie, TokenSource::Header]);
    let program = pair.begin(Npm);
    pair.forget();
    let person = pair.begin(Ours);
    assert_eq!(pair.read_with(Npm, "x-sid-session", program.token()).id(), program.id());
    assert_eq!(pair.read_with(Ours, "x-sid-session", program.token()).id(), person.id());
}

#[test]
fn npm_takes_any_header_for_a_token_and_lets_it_hide_the_cookie() {
    let Some(node) = node() else { return };
    let mut pair = sealed(node, &json!({ "sessionHeader": "authorization" }), |spec| {
        spec.header = Some("authorization");
    });
    let begun = pair.begin(Ours);
    for value in ["Basic YWRhOmFkYQ==".to_owned(), "Bearer garbage".to_owned()] {
        assert_eq!(pair.read_with(Npm, "authorization", &value).status, "rejected", "{value}");
        assert_eq!(pair.read_with(Ours, "authorization", &value).id(), begun.id(), "{value}");
    }
    // The scheme has no case (RFC 9110 §11.1) here; npm wants it as `Bearer`.
    let lower = format!("bearer {}", begun.token());
    assert_eq!(pair.read_header(Npm, "authorization", &lower).status, "rejected");
    assert_eq!(pair.read_header(Ours, "authorization", &lower).id(), begun.id());
}
