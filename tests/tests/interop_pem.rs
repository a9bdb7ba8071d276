//! PEM files of OpenSSL's command line and of Node.js, and ours read by both.

use std::io::Write as _;
use std::process::{Command, Stdio};
use unjwt_tests::told;

use unjwt::{JweKey, Jwk, JwsKey, jose};

/// Returns a program's output for its input; `None` if there is no such program.
fn run(program: &str, arguments: &[&str], input: &str) -> Option<String> {
    let child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let Ok(mut child) = child else {
        assert!(std::env::var_os("CI").is_none(), "`{program}` is required here");
        told!("skipped: there is no `{program}` here");
        return None;
    };
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{program} {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8(output.stdout).unwrap())
}

/// The key works, with its private half and with its public one.
fn works(private: &Jwk, public: &Jwk, alg: &str) {
    let (private, public) = (private.with_alg(alg), public.with_alg(alg));
    assert_eq!(private.thumbprint(), public.thumbprint(), "{alg}");
    if alg.starts_with("RSA") || alg.starts_with("ECDH") {
        let token = jose::encrypt(b"x", &JweKey::from_jwk(public)).unwrap();
        assert_eq!(jose::decrypt(&token, &JweKey::from_jwk(private)).unwrap().plaintext, b"x");
    } else {
        let token = jose::sign(b"x", &JwsKey::from_jwk(private)).unwrap();
        assert_eq!(jose::verify(&token, &JwsKey::verify_only(public)).unwrap().payload, b"x");
    }
}

#[test]
fn keys_of_the_openssl_command_line() {
    for (alg, options) in [
        ("RS256", &["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"][..]),
        ("RSA-OAEP", &["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"]),
        ("ES256", &["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"]),
        ("ES384", &["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"]),
        ("ES512", &["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-521"]),
        ("EdDSA", &["-algorithm", "ED25519"]),
        ("ECDH-ES", &["-algorithm", "X25519"]),
    ] {
        let Some(private) = run("openssl", &[&["genpkey"], options].concat(), "") else { return };
        let public = run("openssl", &["pkey", "-pubout"], &private).unwrap();
        let jwk = Jwk::from_pem(&private).unwrap();
        works(&jwk, &Jwk::from_pem(&public).unwrap(), alg);
        assert_eq!(jwk.to_public_pem().unwrap(), public, "{alg}");
        // What we write, it takes for the same key.
        assert_eq!(run("openssl", &["pkey", "-pubout"], &jwk.to_pem().unwrap()).unwrap(), public, "{alg}");
        if matches!(alg, "RS256" | "ES256" | "ES384" | "ES512") {
            let traditional = run("openssl", &["pkey", "-traditional"], &private).unwrap();
            assert!(traditional.contains("RSA PRIVATE KEY") || traditional.contains("EC PRIVATE KEY"));
            works(&Jwk::from_pem(&traditional).unwrap(), &jwk.public().unwrap(), alg);
        }
    }
}

#[test]
fn keys_of_node() {
    const SCRIPT: &str = r#"
        const { generateKeyPairSync, createPublicKey, createPrivateKey } = require("node:crypto");
        const out = [];
        for (const [alg, type, options] of [
            ["PS256", "rsa", { modulusLength: 2048 }],
            ["RSA-OAEP-256", "rsa", { modulusLength: 2048 }],
            ["ES256", "ec", { namedCurve: "P-256" }],
            ["ES384", "ec", { namedCurve: "P-384" }],
            ["ECDH-ES", "ec", { namedCurve: "P-521" }],
            ["EdDSA", "ed25519", {}],
            ["ECDH-ES", "x25519", {}],
        ]) {
            const { privateKey, publicKey } = generateKeyPairSync(type, options);
            const forms = { rsa: ["pkcs8", "pkcs1"], ec: ["pkcs8", "sec1"] }[type] ?? ["pkcs8"];
            const publics = type === "rsa" ? ["spki", "pkcs1"] : ["spki"];
            out.push({
                alg,
                jwk: privateKey.export({ format: "jwk" }),
                privates: forms.map((type) => privateKey.export({ type, format: "pem" })),
                publics: publics.map((type) => publicKey.export({ type, format: "pem" })),
            });
        }
        console.log(JSON.stringify(out));
    "#;
    const READ: &str = r#"
        const { createPrivateKey } = require("node:crypto");
        const pem = require("node:fs").readFileSync(0, "utf8");
        console.log(JSON.stringify(createPrivateKey(pem).export({ format: "jwk" })));
    "#;
    let Some(output) = run("node", &["-e", SCRIPT], "") else { return };
    let keys: Vec<serde_json::Value> = serde_json::from_str(&output).unwrap();
    for key in keys {
        let alg = key["alg"].as_str().unwrap();
        let pems = |name: &str| -> Vec<Jwk> {
            key[name]
                .as_array()
                .unwrap()
                .iter()
                .map(|pem| Jwk::from_pem(pem.as_str().unwrap()).unwrap())
                .collect()
        };
        for private in pems("privates") {
            assert_eq!(serde_json::to_value(&private).unwrap(), key["jwk"], "{alg}");
            for public in pems("publics") {
                works(&private, &public, alg);
            }
        }
        let jwk: Jwk = serde_json::from_value(key["jwk"].clone()).unwrap();
        let read = run("node", &["-e", READ], &jwk.to_pem().unwrap()).unwrap();
        assert_eq!(serde_json::from_str::<serde_json::Value>(&read).unwrap(), key["jwk"], "{alg}");
    }
}

/// Asserts that a key is not read, for this reason.
fn refused(pem: &str, reason: &str) {
    let error = Jwk::from_pem(pem).unwrap_err().to_string();
    assert!(error.contains(reason), "{error}");
}

#[test]
fn keys_of_openssl_that_are_not_read_say_what_to_do() {
    let make = |arguments: &[&str]| run("openssl", &[&["genpkey"], arguments].concat(), "");
    let Some(rsa) = make(&["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"]) else { return };
    for cipher in ["-aes-256-cbc", "-aes128"] {
        let encrypted = run("openssl", &["pkey", cipher, "-passout", "pass:secret"], &rsa).unwrap();
        refused(&encrypted, "`openssl pkey`");
        let older = &["pkey", "-traditional", cipher, "-passout", "pass:secret"];
        refused(&run("openssl", older, &rsa).unwrap(), "`openssl pkey`");
    }
    for (arguments, reason) in [
        (&["-algorithm", "RSA-PSS", "-pkeyopt", "rsa_keygen_bits:2048"][..], "RSASSA-PSS"),
        (
            &["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-pkeyopt", "rsa_keygen_primes:3"],
            "two primes",
        ),
        (&["-algorithm", "ED448"], "use RSA, EC on P-256"),
        (&["-algorithm", "X448"], "use RSA, EC on P-256"),
        (&["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:secp256k1"], "use RSA, EC on P-256"),
        (
            &["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-pkeyopt", "ec_param_enc:explicit"],
            "`openssl pkey -ec_param_enc named_curve`",
        ),
    ] {
        let private = make(arguments).unwrap();
        refused(&private, reason);
        // The public half of a key with three primes is valid.
        if reason != "two primes" {
            refused(&run("openssl", &["pkey", "-pubout"], &private).unwrap(), reason);
        }
    }
}

#[test]
fn a_described_curve_is_read_once_it_is_named() {
    let described =
        ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-pkeyopt", "ec_param_enc:explicit"];
    let Some(described) = run("openssl", &[&["genpkey"][..], &described].concat(), "") else { return };
    let named = run("openssl", &["pkey", "-ec_param_enc", "named_curve"], &described).unwrap();
    let public = run("openssl", &["pkey", "-pubout"], &named).unwrap();
    works(&Jwk::from_pem(&named).unwrap(), &Jwk::from_pem(&public).unwrap(), "ES256");
}

#[test]
fn forms_of_an_ec_key() {
    for curve in ["P-256", "P-384", "P-521"] {
        let option = format!("ec_paramgen_curve:{curve}");
        let Some(private) = run("openssl", &["genpkey", "-algorithm", "EC", "-pkeyopt", &option], "") else {
            return;
        };
        let alg = if curve == "P-256" {
            "ES256"
        } else if curve == "P-384" {
            "ES384"
        } else {
            "ES512"
        };
        let jwk = Jwk::from_pem(&private).unwrap();
        let compressed = &["pkey", "-pubout", "-ec_conv_form", "compressed"];
        works(&jwk, &Jwk::from_pem(&run("openssl", compressed, &private).unwrap()).unwrap(), alg);
        // A private key without its public half.
        let alone = run("openssl", &["ec", "-no_public"], &private).unwrap();
        works(&Jwk::from_pem(&alone).unwrap(), &jwk.public().unwrap(), alg);
    }
}

/// PKCS#8 of version 2 has the public half beside the private one (RFC 8410 §10.3).
#[test]
fn an_ed25519_key_with_its_public_half() {
    let pem = "-----BEGIN PRIVATE KEY-----
MHICAQEwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC
oB8wHQYKKoZIhvcNAQkJFDEPDA1DdXJkbGUgQ2hhaXJzgSEAGb9ECWmEzf6FQbrB
Z9w7lshQhqowtrbLDFw4rXAxZuE=
-----END PRIVATE KEY-----";
    let jwk = Jwk::from_pem(pem).unwrap();
    let expected: serde_json::Value = serde_json::from_str(&jwk.to_json()).unwrap();
    assert_eq!(expected["x"], "Gb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE");
    assert_eq!(expected["d"], "1O5y2_kTWErVttjx92n4rTr-fCjL8dT74Jeoj0R1WEI");
    works(&jwk, &jwk.public().unwrap(), "EdDSA");
    // Another public half beside it.
    refused(&pem.replace("GbB9", "x").replace("Gb9E", "Hb9E"), "do not belong together");
}
