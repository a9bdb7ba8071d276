use std::fs;
use std::io::Write as _;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

use crate::support::client::{Answer, Client};
use crate::support::server::{Folder, Program, Server};
use crate::{DAY, assert_no_token_in, assert_unauthorized, end, tampered};

/// The front end's server routes are the same for both; the adapter that they import is not.
#[derive(Clone, Copy, Debug, PartialEq)]
enum H3 {
    One,
    Two,
}

impl H3 {
    /// The folder in which its packages are installed.
    fn packages(self) -> PathBuf {
        let folder = match self {
            Self::One => "nuxt-neighbour/front-end",
            Self::Two => "../tests/neighbour",
        };
        Path::new(env!("CARGO_MANIFEST_DIR")).join(folder).join("node_modules")
    }

    fn adapter(self, text: &str) -> Result<String> {
        ensure!(text.contains("\"unjwt/adapters/h3\";"), "{text}");
        Ok(match self {
            Self::One => text.to_owned(),
            Self::Two => text.replace("\"unjwt/adapters/h3\";", "\"unjwt/adapters/h3v2\";"),
        })
    }
}

/// Both services, and a visitor.
struct Neighbours {
    shop: Server,
    front_end: Server,
    client: Client,
}

impl Neighbours {
    /// `None` if Node or its packages are missing. This is printed, and is an error in continuous
    /// integration.
    fn start(test: &str, h3: H3) -> Result<Option<Self>> {
        let node = Command::new("node").arg("--version").stdout(Stdio::null()).status().is_ok();
        if !node || !h3.packages().join("unjwt").is_dir() {
            let missing = format!("no Node, or no {}: run `npm ci` beside it", h3.packages().display());
            ensure!(std::env::var_os("CI").is_none(), "{missing}");
            writeln!(std::io::stderr(), "skipped: {missing}")?;
            return Ok(None);
        }
        let folder = Folder::new(test)?;
        let key = folder.file("session.jwk");
        let program = Program::new(env!("CARGO_BIN_EXE_nuxt-neighbour"), &folder);
        let store = folder.file("logins.db");
        let shop = program.arg("0").arg("--key").arg(&key).arg("--store").arg(store).start()?;
        let script = project(&folder, h3)?;
        let front_end = Program::node(&script, &folder).env("NUXT_SESSION_KEY", &fs::read_to_string(key)?);
        Ok(Some(Self { shop, front_end: front_end.start()?, client: Client::new("") }))
    }

    fn front_end(&mut self, method: &str, path: &str, body: &Value) -> Result<Answer> {
        self.client.moves_to(&self.front_end.url);
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let answer = self.client.send(method, path, Some("application/json"), &body)?;
        ensure!(answer.status == 200, "{method} {path}: {answer:?}");
        Ok(answer)
    }

    fn log_in(&mut self) -> Result<Answer> {
        self.front_end("POST", "/api/login", &json!({ "user": "ada" }))
    }

    /// The front end's view of the visitor.
    fn visitor(&mut self) -> Result<Answer> {
        self.front_end("GET", "/api/visitor", &Value::Null)
    }

    fn is_nobody(&mut self) -> Result<bool> {
        Ok(self.visitor()?.at("/visitor")? == Value::Null)
    }

    fn shop(&mut self, method: &str, path: &str) -> Result<Answer> {
        self.client.moves_to(&self.shop.url);
        self.client.request(method, path, &[], "")
    }
}

/// The front end's files in a separate project, with the packages and what Nitro provides. Returns the script
/// to start.
fn project(folder: &Folder, h3: H3) -> Result<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for part in ["server/api", "server/utils"] {
        fs::create_dir_all(folder.file(part))?;
        for file in fs::read_dir(root.join("nuxt-neighbour/front-end").join(part))? {
            let file = file?;
            let name = file.file_name().into_string().ok().context("a file's name")?;
            let mut text = fs::read_to_string(file.path())?;
            if name == "adapter.mjs" {
                text = h3.adapter(&text)?;
            }
            fs::write(folder.file(&format!("{part}/{name}")), text)?;
        }
    }
    fs::write(
        folder.file("package.json"),
        json!({ "type": "module", "imports": { "#imports": "./imports.mjs" } }).to_string(),
    )?;
    fs::write(
        folder.file("imports.mjs"),
        "export const useRuntimeConfig = () => ({ sessionKey: process.env.NUXT_SESSION_KEY });\n",
    )?;
    symlink(h3.packages(), folder.file("node_modules"))?;
    let script = folder.file("nitro.mjs");
    fs::copy(root.join("tests/support/nitro.mjs"), &script)?;
    Ok(script)
}

fn walk(h3: H3) -> Result<()> {
    let Some(mut both) = Neighbours::start(&format!("nuxt-{h3:?}"), h3)? else { return Ok(()) };

    // Neither side has a visitor, and reading writes nothing.
    assert!(both.is_nobody()?);
    assert_unauthorized(&both.shop("GET", "/shop/basket")?);

    // Started there, read here.
    let login = both.log_in()?;
    let cookie = login.set_cookie("visitor").context("no cookie")?;
    for (name, value) in [("path", "/"), ("httponly", ""), ("samesite", "Lax")] {
        assert_eq!(cookie.attribute(name), Some(value), "{name}");
    }
    let begun = both.visitor()?;
    let seen = both.shop("GET", "/shop/basket")?;
    assert_eq!(seen.json()?, json!({ "id": begun.at("/visitor/id")?, "user": "ada", "basket": [] }));
    assert!(seen.set_cookies.is_empty(), "{seen:?}");

    // Written here, read there.
    let added = both.shop("POST", "/shop/basket/tea")?;
    let ours = added.set_cookie("visitor").context("no cookie")?;
    for name in ["path", "httponly", "samesite", "domain"] {
        assert_eq!(ours.attribute(name), cookie.attribute(name), "{name}");
    }
    let visitor = both.visitor()?;
    assert_eq!(visitor.at("/visitor/basket")?, json!(["tea"]));
    assert_ne!(visitor.at("/visitor/id")?, begun.at("/visitor/id")?);

    // Fields that only the front end knows survive a write here.
    both.front_end("PUT", "/api/theme", &json!({ "theme": "dark" }))?;
    both.shop("POST", "/shop/basket/milk")?;
    let visitor = both.visitor()?;
    assert_eq!(visitor.at("/visitor/basket")?, json!(["tea", "milk"]));
    assert_eq!(visitor.at("/visitor/theme")?, "dark");

    // A token that neither of them made.
    let good = both.client.cookie("visitor").context("no session")?;
    both.client.put_cookie("visitor", &tampered(&good, 3)?);
    assert!(both.is_nobody()?);
    assert_unauthorized(&both.shop("GET", "/shop/basket")?);

    // Ended here: nothing is left in the browser, and a copy is worthless here. The front end asks nobody.
    for leave in ["/shop/leave", "/shop/leave-everywhere"] {
        both.log_in()?;
        assert_eq!(both.shop("GET", "/shop/basket")?.status, 200);
        let copy = both.client.cookie("visitor").context("no session")?;
        assert_eq!(both.shop("POST", leave)?.status, 204);
        assert_eq!(both.client.cookie("visitor"), None);
        assert!(both.is_nobody()?);
        both.client.put_cookie("visitor", &copy);
        assert_unauthorized(&both.shop("GET", "/shop/basket")?);
        assert!(!both.is_nobody()?);
        // Nor does it come back to life when the front end writes it again.
        both.front_end("PUT", "/api/theme", &json!({ "theme": "light" }))?;
        assert_unauthorized(&both.shop("GET", "/shop/basket")?);
        // The next sign-in over it is another login, after an end of all of the user's too.
        both.log_in()?;
        assert_eq!(both.shop("GET", "/shop/basket")?.status, 200, "{leave}");
    }

    // A day later, with the browser's cookie and without.
    both.log_in()?;
    let old = both.client.cookie("visitor").context("no session")?;
    both.shop.set_ahead(DAY)?;
    both.client.ahead = DAY;
    assert_eq!(both.client.cookie("visitor"), None);
    both.client.put_cookie("visitor", &old);
    assert_eq!(both.shop("GET", "/shop/basket")?.status, 401);

    assert_no_token_in(&end(both.shop)?, &both.client.seen.into_iter().collect::<Vec<_>>());
    Ok(())
}

#[test]
fn a_session_is_shared_with_a_front_end_on_h3_1() -> Result<()> {
    walk(H3::One)
}

#[test]
fn a_session_is_shared_with_a_front_end_on_h3_2() -> Result<()> {
    walk(H3::Two)
}

#[test]
fn a_session_of_several_cookies_needs_h3_2() -> Result<()> {
    for h3 in [H3::One, H3::Two] {
        let Some(mut both) = Neighbours::start(&format!("nuxt-large-{h3:?}"), h3)? else { return Ok(()) };
        both.log_in()?;
        both.shop("POST", &format!("/shop/basket/{}", "x".repeat(5000)))?;
        assert!(both.client.cookie("visitor.2").is_some());
        assert_eq!(both.is_nobody()?, h3 == H3::One, "{h3:?}");
    }
    Ok(())
}
