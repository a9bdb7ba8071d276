use anyhow::{Context as _, Result};
use serde_json::Value;

use crate::support::client::{Answer, Client};
use crate::support::server::{Folder, Program, Server};
use crate::{MINUTE, assert_no_token_in, assert_unauthorized, end, tampered};

fn issuer(folder: &Folder) -> Result<(Server, Client)> {
    let server = Program::new(env!("CARGO_BIN_EXE_jwks"), folder).arg("0").start()?;
    let client = Client::new(&server.url);
    Ok((server, client))
}

fn verifier(folder: &Folder, jwks: &str) -> Program {
    Program::new(env!("CARGO_BIN_EXE_jwks-verifier"), folder).arg("0").arg("--jwks").arg(jwks)
}

fn verifier_of(folder: &Folder, issuer: &Server) -> Result<(Server, Client)> {
    let server = verifier(folder, &format!("{}/.well-known/jwks.json", issuer.url)).start()?;
    let client = Client::new(&server.url);
    Ok((server, client))
}

fn token(issuer: &mut Client) -> Result<String> {
    let answer = issuer.post("/token")?;
    assert_eq!(answer.at("/token_type")?, "Bearer");
    Ok(answer.at("/access_token")?.as_str().context("no token")?.to_owned())
}

fn me(verifier: &mut Client, token: &str) -> Result<Answer> {
    verifier.get_with("/me", "authorization", &format!("Bearer {token}"))
}

fn kids(issuer: &mut Client) -> Result<Vec<String>> {
    let set = issuer.get("/.well-known/jwks.json")?;
    assert_eq!(set.header("cache-control"), Some("public, max-age=300"));
    let keys = set.at("/keys")?;
    let keys = keys.as_array().context("no keys")?;
    for key in keys {
        let mut members: Vec<_> = key.as_object().context("no key")?.keys().map(String::as_str).collect();
        members.sort_unstable();
        assert_eq!(members, ["alg", "crv", "kid", "kty", "x", "y"], "public members and no other");
    }
    Ok(keys.iter().filter_map(|key| key["kid"].as_str().map(str::to_owned)).collect())
}

#[test]
fn tokens_of_one_service_are_verified_by_another() -> Result<()> {
    let folder = Folder::new("jwks")?;
    let (issuer, mut id) = issuer(&folder)?;
    let (verifier, mut api) = verifier_of(&folder, &issuer)?;

    assert_unauthorized(&api.get("/me")?);
    let good = token(&mut id)?;
    let answer = me(&mut api, &good)?;
    assert_eq!((answer.status, answer.at("/sub")?), (200, Value::from("ada")));
    assert!(answer.list("vary").contains(&"authorization".to_owned()), "{answer:?}");
    assert!(answer.set_cookies.is_empty(), "{answer:?}");

    for segment in 0..3 {
        assert_unauthorized(&me(&mut api, &tampered(&good, segment)?)?);
    }
    // A cookie is not accepted here, whatever its name.
    api.put_cookie("access_token", &good);
    assert_unauthorized(&api.get("/me")?);
    // Another issuer that claims to be this one.
    let (_mallory, mut mallory) = self::issuer(&folder)?;
    assert_unauthorized(&me(&mut api, &token(&mut mallory)?)?);

    verifier.set_ahead(15 * MINUTE + 1)?;
    assert_unauthorized(&me(&mut api, &good)?);

    for log in [end(verifier)?, end(issuer)?] {
        assert_no_token_in(&log, std::slice::from_ref(&good));
    }
    Ok(())
}

#[test]
fn the_key_is_rotated_and_a_verifier_does_not_notice() -> Result<()> {
    let folder = Folder::new("jwks-rotation")?;
    let (issuer, mut id) = issuer(&folder)?;
    let (_verifier, mut api) = verifier_of(&folder, &issuer)?;
    let [first, second]: [String; 2] =
        kids(&mut id)?.try_into().ok().context("the key that signs, and the next one")?;
    assert_ne!(first, second);

    let before = token(&mut id)?;
    assert_eq!(id.post("/rotate")?.status, 204);
    let after = token(&mut id)?;
    assert_ne!(before.split('.').next(), after.split('.').next(), "another `kid`");
    for token in [&before, &after] {
        assert_eq!(me(&mut api, token)?.status, 200);
    }
    let rotated = kids(&mut id)?;
    assert_eq!(rotated.len(), 3, "{rotated:?}");
    assert!(rotated.starts_with(&[first, second]), "the tokens of the first live on: {rotated:?}");

    // The second rotation is one too many for what the verifier has fetched, so it fetches again.
    assert_eq!(id.post("/rotate")?.status, 204);
    let latest = token(&mut id)?;
    for token in [&latest, &after, &before] {
        assert_eq!(me(&mut api, token)?.status, 200);
    }
    assert_eq!(kids(&mut id)?.len(), 4);
    Ok(())
}

#[test]
fn a_verifier_without_keys_does_not_start() -> Result<()> {
    let folder = Folder::new("jwks-none")?;
    let (issuer, _) = issuer(&folder)?;
    for url in [format!("{}/nothing", issuer.url), "http://127.0.0.1:1/jwks.json".to_owned()] {
        let ended = verifier(&folder, &url).start_to_fail()?;
        assert!(!ended.status.success(), "{ended:?}");
        assert!(ended.stderr.contains(&url), "{}", ended.stderr);
    }
    Ok(())
}
