//! The rooms of the library: its top-level modules, each of which uses only those before it.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// Each may use those before it, and itself.
const ROOMS: [&str; 19] = [
    "alg",
    "clock",
    "config_error",
    "error",
    "spec",
    "util",
    "crypto",
    "token",
    "key",
    "jose",
    "cookie",
    "device",
    "login",
    "claims",
    "session",
    "request",
    "golden",
    "http",
    "integration",
];

/// The modules outside the rooms, which may use all of them; nothing in a room uses these.
const OUTSIDE: [&str; 8] = ["lib", "bounds", "future", "hooks", "keys", "private", "measuring", "fuzzing"];

/// Crates that one room alone names.
const ONLY: [(&str, &[&str]); 3] = [
    ("util", &["metrics"]),
    ("crypto", &["aws_lc_rs", "aes_kw", "pkcs1", "pkcs8", "sec1"]),
    ("integration", &["aide", "axum", "axum_core", "josekit", "reqwest"]),
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// Returns the library's sources, or `None` if the tests are packaged without them.
fn sources() -> Option<PathBuf> {
    let sources = root().join("unjwt/src");
    if sources.join("lib.rs").exists() {
        return Some(sources);
    }
    eprintln!("SKIPPED: the library's sources are not at {}", sources.display());
    assert!(std::env::var_os("CI").is_none(), "they are required here");
    None
}

/// A path that code names, from the root of the crate, or from the name of another crate.
struct Named {
    path: Vec<String>,
    of_this_crate: bool,
    file: String,
    line: usize,
}

/// The paths that the code of one file uses, except in tests and documentation.
struct Reader<'a> {
    file: &'a str,
    /// The file's module, from the root.
    module: Vec<String>,
    named: Vec<Named>,
}

impl Reader<'_> {
    fn read(&mut self, tokens: TokenStream) {
        let tokens: Vec<_> = tokens.into_iter().collect();
        let mut at = 0;
        while let Some(token) = tokens.get(at) {
            if is_test_attribute(&tokens[at..]) {
                at = end_of_item(&tokens, at + 2);
                continue;
            }
            match token {
                TokenTree::Ident(first) if !is_colons(&tokens, at.wrapping_sub(2)) => {
                    let line = first.span().start().line;
                    match first.to_string().as_str() {
                        "crate" => self.path(&tokens, at + 1, Vec::new(), true, line),
                        "super" => {
                            let (base, next) = self.super_path(&tokens, at);
                            self.path(&tokens, next, base, true, line);
                        }
                        name => self.path(&tokens, at + 1, vec![name.to_owned()], false, line),
                    }
                }
                TokenTree::Group(group) => self.read(group.stream()),
                _ => {}
            }
            at += 1;
        }
    }

    /// The module that `super::super` leads to, and where the path goes on.
    fn super_path(&self, tokens: &[TokenTree], mut at: usize) -> (Vec<String>, usize) {
        let mut base = self.module.clone();
        base.pop();
        while is_colons(tokens, at + 1) && is_ident(tokens.get(at + 3), "super") {
            base.pop();
            at += 3;
        }
        (base, at + 1)
    }

    /// Follows `::name` and `::{..}` from here.
    fn path(&mut self, tokens: &[TokenTree], at: usize, path: Vec<String>, of_this_crate: bool, line: usize) {
        let here = |reader: &mut Self, path: Vec<String>| {
            // A name alone is a variable, a type or a keyword.
            if of_this_crate || at > 1 && is_colons(tokens, at) {
                let file = reader.file.to_owned();
                reader.named.push(Named { path, of_this_crate, file, line });
            }
        };
        if !is_colons(tokens, at) {
            return here(self, path);
        }
        match tokens.get(at + 2) {
            Some(TokenTree::Ident(next)) if of_this_crate && path.len() < 2 => {
                let mut longer = path;
                longer.push(next.to_string());
                self.path(tokens, at + 3, longer, true, next.span().start().line);
            }
            Some(TokenTree::Group(group)) if of_this_crate && path.is_empty() => {
                for branch in branches(group.stream()) {
                    if let Some(TokenTree::Ident(first)) = branch.first() {
                        let line = first.span().start().line;
                        self.path(&branch, 1, vec![first.to_string()], true, line);
                    }
                }
            }
            _ => here(self, path),
        }
    }
}

fn branches(tokens: TokenStream) -> Vec<Vec<TokenTree>> {
    let tokens: Vec<_> = tokens.into_iter().collect();
    tokens.split(|token| is_punct(Some(token), ',')).map(<[_]>::to_vec).collect()
}

fn is_punct(token: Option<&TokenTree>, char: char) -> bool {
    matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == char)
}

fn is_ident(token: Option<&TokenTree>, name: &str) -> bool {
    matches!(token, Some(TokenTree::Ident(ident)) if ident == name)
}

fn is_colons(tokens: &[TokenTree], at: usize) -> bool {
    is_punct(tokens.get(at), ':') && is_punct(tokens.get(at.wrapping_add(1)), ':')
}

/// `#[cfg(test)]`.
fn is_test_attribute(tokens: &[TokenTree]) -> bool {
    is_punct(tokens.first(), '#')
        && matches!(tokens.get(1), Some(TokenTree::Group(group))
            if group.stream().to_string().replace(' ', "") == "cfg(test)")
}

/// Behind the item that begins here: its braces or its semicolon.
fn end_of_item(tokens: &[TokenTree], from: usize) -> usize {
    let is_end = |token: &TokenTree| match token {
        TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
        other => is_punct(Some(other), ';'),
    };
    tokens.iter().skip(from).position(is_end).map_or(tokens.len(), |end| from + end + 1)
}

/// Everything that the library's code names, file by file.
fn named(sources: &Path) -> Vec<Named> {
    let mut named = Vec::new();
    for path in files(sources) {
        let file = path.strip_prefix(sources).unwrap().to_str().unwrap().to_owned();
        let module: Vec<_> = file.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
        if module.iter().any(|part| part == "tests") {
            continue;
        }
        let module = module.into_iter().filter(|part| part != "mod").collect();
        let tokens = fs::read_to_string(&path).unwrap().parse().unwrap();
        let mut reader = Reader { file: &file, module, named: Vec::new() };
        reader.read(tokens);
        named.append(&mut reader.named);
    }
    named
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.append(&mut self::files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

fn room_of(file: &str) -> &str {
    file.split(['/', '.']).next().unwrap()
}

fn place(room: &str) -> Option<usize> {
    ROOMS.iter().position(|other| *other == room)
}

/// The room that each name at the root comes from, as `lib.rs` says.
fn exports(named: &[Named]) -> HashMap<String, String> {
    // `pub use room::..::Name`, which is a path that begins with a room's name.
    let mut exports = HashMap::new();
    let lib = fs::read_to_string(root().join("unjwt/src/lib.rs")).unwrap();
    for statement in lib.split("pub use ").skip(1).filter_map(|rest| rest.split(';').next()) {
        let room = statement.split("::").next().unwrap().trim();
        for name in statement.split(|char: char| !char.is_alphanumeric() && char != '_') {
            if place(room).is_some() && name != room {
                exports.insert(name.to_owned(), room.to_owned());
            }
        }
    }
    assert!(exports.len() > 40 && !named.is_empty(), "the root's names were found");
    exports
}

/// The uses of rooms that come later, each with its file and line.
fn violations(named: &[Named], exports: &HashMap<String, String>) -> Vec<String> {
    let mut found = Vec::new();
    for Named { path, of_this_crate, file, line } in named {
        let from = room_of(file);
        if OUTSIDE.contains(&from) {
            continue;
        }
        let mut complain = |what: String| found.push(format!("unjwt/src/{file}:{line}: `{from}` {what}"));
        let Some(first) = path.first() else { continue };
        if !of_this_crate {
            for (room, crates) in ONLY {
                if from != room && crates.contains(&first.as_str()) {
                    complain(format!("names the crate `{first}`, which only `{room}` may"));
                }
            }
            continue;
        }
        let to = if place(first).is_some() { first } else { exports.get(first).unwrap_or(first) };
        match (place(from), place(to)) {
            (None, _) => complain("is not among the rooms of this test".to_owned()),
            (_, None) => complain(format!("uses `crate::{first}`, which is in no room")),
            (Some(own), Some(other)) if own < other => {
                complain(format!("uses `{to}`, which comes after it among the rooms"));
            }
            _ => {}
        }
    }
    found
}

#[test]
fn each_room_uses_only_those_before_it() {
    let Some(sources) = sources() else { return };
    let named = named(&sources);
    let exports = exports(&named);
    let uses = named.iter().filter(|named| named.of_this_crate).count();
    assert!(uses > 300, "{uses} uses of other modules were found");
    for room in ROOMS {
        assert!(named.iter().any(|named| room_of(&named.file) == room), "`{room}` has sources");
    }
    let found = violations(&named, &exports);
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// The test above sees what it is there for.
#[test]
fn a_use_of_a_later_room_is_found_wherever_it_stands() {
    let read = |file: &str, source: &str| {
        let module = file.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
        let mut reader = Reader { file, module, named: Vec::new() };
        reader.read(source.parse().unwrap());
        let exports = HashMap::from([("SessionManager".to_owned(), "request".to_owned())]);
        violations(&reader.named, &exports)
    };
    let up = [
        (
            "session/tokens/open.rs",
            "\nuse crate::request::state::State;",
            "session/tokens/open.rs:2: `session` uses `request`",
        ),
        ("request/write.rs", "fn f() { let x = crate::http::status::complete(); }", "`request` uses `http`"),
        ("claims/read.rs", "use crate::{clock::Clock, session::SessionType};", "`claims` uses `session`"),
        ("cookie/read.rs", "use super::super::request::status::Status;", "`cookie` uses `request`"),
        ("session/handle.rs", "use crate::SessionManager;", "`session` uses `request`"),
        ("key/jwk.rs", "mod m { impl X { fn f() -> pkcs8::Document { } } }", "names the crate `pkcs8`"),
        ("http/layer.rs", "use axum::Router;", "names the crate `axum`, which only `integration` may"),
        ("util/lru.rs", "use crate::unheard_of::Thing;", "in no room"),
    ];
    for (file, source, expected) in up {
        let found = read(file, source);
        assert!(found.len() == 1 && found[0].contains(expected), "{source}: {found:?}");
    }
    let down = [
        ("request/write.rs", "use crate::session::SessionType; use super::super::error::Error;"),
        (
            "session/handle.rs",
            "/// See [`crate::request::X`].\n#[cfg(test)]\nmod tests { use crate::request::X; }\n",
        ),
        ("token/jwe/pbes2.rs", "use super::aes_kw::unwrap_key; const TEXT: &str = \"openssl::pkey\";"),
        ("integration/axum.rs", "use axum::Router; use crate::http::layer::SessionLayer;"),
    ];
    for (file, source) in down {
        assert_eq!(read(file, source), Vec::<String>::new(), "{source}");
    }
}

/// `ARCHITECTURE.md` names the rooms in their order, and files that exist.
#[test]
fn the_page_on_the_architecture_is_true() {
    let Some(sources) = sources() else { return };
    let page = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();

    let rooms = page.split("| room | what |").nth(1).unwrap().split("\n\n").next().unwrap();
    let rooms: Vec<_> =
        rooms.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next()).collect();
    assert_eq!(rooms, ROOMS);

    let paths: Vec<_> = page.split('`').filter(|text| text.contains('/') || text.ends_with(".rs")).collect();
    assert!(paths.len() > 50, "{} paths were found", paths.len());
    for path in paths {
        assert!(
            root().join(path).exists() || sources.join(path).exists(),
            "`{path}` is neither here nor in `unjwt/src`"
        );
    }
    for (title, most) in
        [("From a `Cookie` header to the struct", 15), ("From the struct to `Set-Cookie`", 12)]
    {
        let walk = page.split(&format!("## {title}\n")).nth(1).unwrap().split("\n## ").next().unwrap();
        let steps = walk.lines().filter(|line| line.contains(". `")).count();
        assert!((1..=most).contains(&steps), "{title}: {steps} files");
    }
    // The methods that the page is about.
    let files = ["request/state.rs", "request/state/reading.rs", "request/state/writing.rs"];
    let state: String = files.map(|file| fs::read_to_string(sources.join(file)).unwrap()).concat();
    for name in [
        "fn begin(",
        "fn withdraw(",
        "fn take_back(",
        "fn confirm(",
        "fn clear(",
        "fn close(",
        "barrier",
        "confirmed",
    ] {
        assert!(state.contains(name), "`request/state.rs` has `{name}`");
    }
}

/// A service on axum-core, or on tower alone, does not build axum.
#[test]
fn without_its_feature_axum_is_not_built() {
    let tree = |features: &str| {
        let arguments =
            ["tree", "--offline", "--locked", "-p", "unjwt", "--no-default-features", "--features"];
        let more = [features, "-e", "normal", "--prefix", "none", "--format", "{p}"];
        let output =
            Command::new(env!("CARGO")).args(arguments).args(more).current_dir(root()).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8(output.stdout).unwrap();
        text.lines().filter_map(|line| line.split(' ').next().map(str::to_owned)).collect::<Vec<_>>()
    };
    let has = |tree: &[String], name: &str| tree.iter().any(|package| package == name);
    let whole = tree("axum");
    assert!(has(&whole, "axum") && has(&whole, "axum-core"), "{whole:?}");
    let core = tree("axum-core,tower");
    assert!(has(&core, "axum-core") && has(&core, "tower-layer") && !has(&core, "axum"), "{core:?}");
    let tower = tree("tower");
    assert!(has(&tower, "tower-layer") && !has(&tower, "axum-core"), "{tower:?}");
}
