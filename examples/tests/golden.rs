//! The sessions of the examples keep their shape. The tests are inside of the programs, as they would be in a service;
//! here they are one binary. (`oidc-login` is tested by itself.)
#![allow(dead_code, reason = "no `main` is called")]
#![allow(unreachable_pub, reason = "the programs have no outside")]
#![allow(clippy::duplicate_mod, reason = "the programs of `rolling-deployment` share a service")]

#[path = "../api-and-browser/main.rs"]
mod api_and_browser;
#[path = "../audit-hooks/main.rs"]
mod audit_hooks;
#[path = "../counter/main.rs"]
mod counter;
#[path = "../device-bound/main.rs"]
mod device_bound;
#[path = "../flood/server.rs"]
mod flood;
#[path = "../jwks/main.rs"]
mod jwks;
#[path = "../key-roll/main.rs"]
mod key_roll;
#[path = "../key-roll/lookup.rs"]
mod key_roll_lookup;
#[path = "../magic-link/main.rs"]
mod magic_link;
#[path = "../nuxt-neighbour/main.rs"]
mod nuxt_neighbour;
#[path = "../plain-hyper/main.rs"]
mod plain_hyper;
#[path = "../refresh-token/sessions.rs"]
mod refresh_token;
#[path = "../rolling-deployment/before.rs"]
mod rolling_deployment_before;
#[path = "../rolling-deployment/v1.rs"]
mod rolling_deployment_v1;
#[path = "../rolling-deployment/v2.rs"]
mod rolling_deployment_v2;
#[path = "../rolling-deployment/v2_only.rs"]
mod rolling_deployment_v2_only;
#[path = "../rolling-deployment/v2_readable.rs"]
mod rolling_deployment_v2_readable;
#[path = "../webhook/sender.rs"]
mod webhook_sender;

/// Each program of `rolling-deployment` has the directory of its time.
#[test]
fn a_later_program_has_the_golden_file_of_the_earlier_one() -> std::io::Result<()> {
    let read = |file: &str| std::fs::read_to_string(format!("rolling-deployment/golden/{file}"));
    assert_eq!(read("v2/Login.v1.json")?, read("v1/Login.v1.json")?);
    assert_eq!(read("v2_only/Login.v2.json")?, read("v2/Login.v2.json")?);
    Ok(())
}
