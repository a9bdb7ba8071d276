//! Golden files of a session's JSON: what a change of its struct does to them.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::process::Command;

use serde::{Deserialize, Serialize};
use tempfile::TempDir;
use unjwt::Session;
use unjwt::bounds::{IssuedHere, Writable};

/// The same struct as the programs of several days have it.
macro_rules! day {
    ($name:ident: $($item:item)+) => {
        mod $name {
            use super::*;

            $($item)+
        }
    };
}

day! { first:
    #[derive(Clone, Serialize, Deserialize, Session)]
    #[session(jwe, max_age = "7D")]
    pub struct Login { pub user: u64, pub role: Role }

    #[derive(Clone, Serialize, Deserialize)]
    pub enum Role { Admin, Guest }
}

day! { with_an_optional_field:
    #[derive(Clone, Serialize, Deserialize, Session)]
    #[session(jwe, max_age = "7D")]
    pub struct Login { pub user: u64, pub role: first::Role, pub org: Option<String> }
}

day! { with_a_required_field:
    #[derive(Clone, Serialize, Deserialize, Session)]
    #[session(jwe, max_age = "7D")]
    pub struct Login { pub user: u64, pub role: first::Role, pub org: String }
}

day! { with_renamed_variants:
    #[derive(Clone, Serialize, Deserialize, Session)]
    #[session(jwe, max_age = "7D")]
    pub struct Login { pub user: u64, pub role: Role }

    #[derive(Clone, Serialize, Deserialize)]
    #[serde(rename_all = "snake_case")]
    pub enum Role { #[serde(alias = "Admin")] Admin, #[serde(alias = "Guest")] Guest }
}

day! { second:
    #[derive(Clone, Serialize, Deserialize, Session)]
    #[session(jwe, max_age = "7D", version = 2, migrate(LoginV1), readable_by = 1)]
    pub struct Login { pub user: u64, pub role: first::Role, pub org: String }

    #[derive(Deserialize)]
    pub struct LoginV1 { user: u64, role: first::Role }

    impl TryFrom<LoginV1> for Login {
        type Error = String;

        fn try_from(old: LoginV1) -> Result<Self, String> {
            if old.user == 13 { return Err("unlucky".to_owned()) }
            Ok(Self { user: old.user, role: old.role, org: "none".to_owned() })
        }
    }
}

day! { second_with_a_wrong_first:
    #[derive(Clone, Serialize, Deserialize, Session)]
    #[session(jwe, max_age = "7D", version = 2, migrate(LoginV1))]
    pub struct Login { pub user: u64, pub role: first::Role }

    #[derive(Deserialize)]
    pub struct LoginV1 { user: String, role: first::Role }

    impl From<LoginV1> for Login {
        fn from(old: LoginV1) -> Self { Self { user: old.user.parse().unwrap(), role: old.role } }
    }
}

day! { second_that_nobody_understands:
    #[derive(Clone, Serialize, Deserialize, Session)]
    #[session(jwe, max_age = "7D", version = 2, migrate(LoginV1), readable_by = 1)]
    pub struct Login { pub user: String, pub role: first::Role }

    #[derive(Deserialize)]
    pub struct LoginV1 { user: u64, role: first::Role }

    impl From<LoginV1> for Login {
        fn from(old: LoginV1) -> Self { Self { user: old.user.to_string(), role: old.role } }
    }
}

day! { second_alone:
    #[derive(Clone, Serialize, Deserialize, Session)]
    #[session(jwe, max_age = "7D", version = 2, migrate(_))]
    pub struct Login { pub user: u64, pub role: first::Role }
}

day! { asymmetric:
    #[derive(Clone, Serialize, Deserialize, Session)]
    #[session(jwe, max_age = "7D")]
    pub struct Login { #[serde(skip_serializing)] #[serde(default = "eight")] pub user: u64, pub count: Doubled }

    fn eight() -> u64 { 8 }

    #[derive(Clone, Serialize)]
    pub struct Doubled(pub u64);

    impl<'de> Deserialize<'de> for Doubled {
        fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
            Ok(Self(u64::deserialize(from)? * 2))
        }
    }
}

day! { with_sets:
    #[derive(Clone, Serialize, Deserialize, Session)]
    #[session(jwe, max_age = "7D")]
    pub struct Login { pub rights: std::collections::HashSet<String>, pub share: f64 }
}

day! { with_a_required_claim:
    #[derive(Clone, Serialize, Deserialize, Session)]
    #[session(jwe, max_age = "7D", required_claims("exp", "org"))]
    pub struct Login { pub user: u64, pub role: first::Role, pub org: Option<String> }
}

day! { grouped:
    #[derive(Clone, Serialize, Deserialize, Session)]
    #[session(jwe, max_age = "7D", revocable(by(user)), version = 2, migrate(LoginV1))]
    pub struct Login { pub user: String, pub role: first::Role }

    #[derive(Deserialize)]
    pub struct LoginV1 { user: u64, role: first::Role }

    impl From<LoginV1> for Login {
        fn from(old: LoginV1) -> Self { Self { user: old.user.to_string(), role: old.role } }
    }
}

use first::Role;

/// Runs the check; `Err` with what its panic says.
fn run<T: Session<Provenance = IssuedHere> + Writable>(dir: &Path, samples: Vec<T>) -> Result<(), String> {
    let checked = catch_unwind(AssertUnwindSafe(|| unjwt::golden::check(dir, samples)));
    checked.map_err(|panic| {
        // The directory has another name each time.
        let message = panic.downcast::<String>().unwrap();
        message.replace(&*dir.to_string_lossy(), "golden").replace('\\', "/")
    })
}

fn first_samples() -> Vec<first::Login> {
    vec![first::Login { user: 7, role: Role::Admin }, first::Login { user: 8, role: Role::Guest }]
}

/// A directory with the files of the first version.
fn of_the_first() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    let written = run(&dir.path().join("sub"), first_samples()).unwrap_err();
    assert_eq!(
        written,
        "golden/sub/Login.v1.json was missing, and has been written: look at it, commit it, and run the test again"
            .replace("golden/sub", "golden")
    );
    fs::rename(dir.path().join("sub/Login.v1.json"), dir.path().join("Login.v1.json")).unwrap();
    run(dir.path(), first_samples()).unwrap();
    dir
}

#[test]
fn the_first_run_writes_what_a_person_can_read() {
    let dir = of_the_first();
    let text = fs::read_to_string(dir.path().join("Login.v1.json")).unwrap();
    assert_eq!(
        text,
        "[\n  {\n    \"user\": 7,\n    \"role\": \"Admin\"\n  },\n  {\n    \"user\": 8,\n    \"role\": \"Guest\"\n  }\n]\n"
    );
}

#[test]
fn a_required_field_is_refused_with_what_to_write() {
    let dir = of_the_first();
    let login = with_a_required_field::Login { user: 7, role: Role::Admin, org: "acme".to_owned() };
    let said = run(dir.path(), vec![login]).unwrap_err();
    assert_eq!(
        said,
        "`Login` does not read the sessions of its version 1 any more, and everybody would be signed out: missing field `org`\n\
         help: keep the struct as it was under the name `LoginV1`, with `#[derive(Deserialize)]`, and write `version = 2, \
         migrate(LoginV1)` and `impl From<LoginV1> for Login`\n\
         help: for a member that may be absent, `#[serde(default)]` or an `Option` is enough\n\
         help: delete golden/Login.v1.json if no such session was ever written"
    );
}

#[test]
fn a_change_that_is_read_is_one_to_decide_about() {
    let dir = of_the_first();
    let login = with_an_optional_field::Login { user: 7, role: Role::Admin, org: None };
    let said = run(dir.path(), vec![login]).unwrap_err();
    assert!(said.contains("the member `org` is new"), "{said}");
    assert!(said.contains("`readable_by = 1` if that program may read them"), "{said}");
    assert!(said.contains("UNJWT_GOLDEN=overwrite"), "{said}");
    let renamed = with_renamed_variants::Login { user: 7, role: with_renamed_variants::Role::Admin };
    let said = run(dir.path(), vec![renamed]).unwrap_err();
    assert!(said.contains("`role` has another value"), "{said}");
    // A sample that is given no longer stays in the file, and is read.
    run(dir.path(), vec![first_samples().remove(0)]).unwrap();
}

#[test]
fn an_older_version_is_read_and_migrated() {
    let dir = of_the_first();
    let samples = || vec![second::Login { user: 7, role: Role::Guest, org: "acme".to_owned() }];
    assert!(run(dir.path(), samples()).unwrap_err().contains("Login.v2.json was missing"));
    run(dir.path(), samples()).unwrap();
    fs::write(dir.path().join("Login.v1.json"), r#"[{"user":13,"role":"Admin"}]"#).unwrap();
    let said = run(dir.path(), samples()).unwrap_err();
    assert!(said.starts_with("`Login` does not read a session of version 1"), "{said}");
    assert!(said.contains("`LoginV1` did not become `Login`: unlucky"), "{said}");
    // Who goes back to the first version is told what that is.
    let said = run(dir.path(), vec![first::Login { user: 13, role: Role::Admin }]).unwrap_err();
    assert!(
        said.contains("Login.v2.json is of a later version than `Login`, which is of version 1"),
        "{said}"
    );
}

#[test]
fn a_struct_that_is_not_as_it_was_is_found() {
    let dir = of_the_first();
    let sample = || vec![second_with_a_wrong_first::Login { user: 7, role: Role::Guest }];
    fs::write(dir.path().join("Login.v2.json"), r#"[{"user":7,"role":"Guest"}]"#).unwrap();
    let said = run(dir.path(), sample()).unwrap_err();
    assert!(said.contains("version 1 is not a `LoginV1`: `user`"), "{said}");
}

#[test]
fn readable_by_is_not_believed() {
    let dir = of_the_first();
    let sample = second_that_nobody_understands::Login { user: "7".to_owned(), role: Role::Guest };
    let said = run(dir.path(), vec![sample]).unwrap_err();
    assert!(said.starts_with("`readable_by = 1` is untrue: the struct of version 1 cannot read"), "{said}");
    assert!(said.contains("leave `readable_by` out"), "{said}");
}

#[test]
fn the_file_of_a_version_that_is_not_read_is_to_be_deleted() {
    let dir = of_the_first();
    let sample = || vec![second_alone::Login { user: 7, role: Role::Guest }];
    fs::write(dir.path().join("Login.v2.json"), r#"[{"user":7,"role":"Guest"}]"#).unwrap();
    let said = run(dir.path(), sample()).unwrap_err();
    assert!(said.starts_with("`Login` does not read version 1 any more"), "{said}");
    fs::remove_file(dir.path().join("Login.v1.json")).unwrap();
    run(dir.path(), sample()).unwrap();
    // The one of a version that is read has to be there.
    let sample = second::Login { user: 7, role: Role::Guest, org: "acme".to_owned() };
    let said = run(dir.path(), vec![sample]).unwrap_err();
    assert!(said.starts_with("golden/Login.v1.json is missing, although `Login` reads version 1"), "{said}");
}

#[test]
fn a_session_that_is_another_after_reading_is_found() {
    let dir = tempfile::tempdir().unwrap();
    let said =
        run(dir.path(), vec![asymmetric::Login { user: 7, count: asymmetric::Doubled(2) }]).unwrap_err();
    assert!(said.starts_with("`Login` does not write again what it reads"), "{said}");
    let none = run::<first::Login>(dir.path(), vec![]).unwrap_err();
    assert!(none.starts_with("there is no sample of `Login`"), "{none}");
}

#[test]
fn sets_and_fractions_are_the_same_in_any_order() {
    let dir = tempfile::tempdir().unwrap();
    let samples = || {
        let rights = (0..40).map(|right| format!("right {right}")).collect();
        vec![
            with_sets::Login { rights, share: 0.1 + 0.2 },
            with_sets::Login { rights: [].into(), share: 1e300 / 3.0 },
        ]
    };
    assert!(run(dir.path(), samples()).unwrap_err().contains("was missing"));
    for _ in 0..5 {
        run(dir.path(), samples()).unwrap();
    }
}

#[test]
fn a_required_claim_that_older_sessions_lack_is_found() {
    let dir = of_the_first();
    let login = with_a_required_claim::Login { user: 7, role: Role::Admin, org: None };
    let said = run(dir.path(), vec![login]).unwrap_err();
    assert!(
        said.contains("everybody would be signed out: `org` is missing, which `required_claims` names"),
        "{said}"
    );
}

#[test]
fn a_login_is_found_by_the_same_value_in_each_version() {
    let dir = of_the_first();
    let sample = grouped::Login { user: "7".to_owned(), role: Role::Admin };
    fs::write(dir.path().join("Login.v2.json"), r#"[{"user":"7","role":"Admin"}]"#).unwrap();
    let said = run(dir.path(), vec![sample]).unwrap_err();
    assert!(
        said.starts_with("`by(..)` finds a login by `user`, which is another value in version 1"),
        "{said}"
    );
}

#[test]
fn a_file_that_is_none_is_named() {
    let dir = of_the_first();
    for broken in ["", "{}", "[1, 2", "[1]"] {
        fs::write(dir.path().join("Login.v1.json"), broken).unwrap();
        let said = run(dir.path(), first_samples()).unwrap_err();
        assert!(said.contains("golden/Login.v1.json"), "{broken}: {said}");
    }
}

/// The other half of `overwriting_hides_nothing`, in a process with the variable.
#[test]
#[ignore = "run by overwriting_hides_nothing"]
fn overwriting() {
    let dir = std::env::var("UNJWT_GOLDEN_TEST").unwrap();
    let login = with_an_optional_field::Login { user: 7, role: Role::Admin, org: None };
    unjwt::golden::check(&dir, [login.clone()]);
    unjwt::golden::check(&dir, [login]);
    let required = with_a_required_field::Login { user: 7, role: Role::Admin, org: "acme".to_owned() };
    assert!(run(Path::new(&dir), vec![required]).unwrap_err().contains("everybody would be signed out"));
}

#[test]
fn overwriting_hides_nothing() {
    let dir = of_the_first();
    let ran = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "overwriting", "--ignored"])
        .envs([("UNJWT_GOLDEN", "overwrite"), ("UNJWT_GOLDEN_TEST", &*dir.path().to_string_lossy())])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&ran.stdout);
    assert!(ran.status.success() && said.contains("1 passed"), "{said}");
    let text = fs::read_to_string(dir.path().join("Login.v1.json")).unwrap();
    assert!(text.contains("org") && text.contains("Guest"), "{text}");
    let file: Vec<serde_json::Value> = serde_json::from_str(&text).unwrap();
    assert_eq!(file.len(), 3, "those of before stay");
}
