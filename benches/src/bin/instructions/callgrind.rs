//! Valgrind's tool callgrind, and where it found the instructions.

use std::collections::BTreeMap;
use std::process::Command;

use serde::Serialize;

/// The instructions of one request.
#[derive(Debug, Default, PartialEq, Serialize)]
pub(crate) struct Counted {
    /// By what they do.
    groups: BTreeMap<&'static str, f64>,
    /// Those of unjwt, by source file.
    files: BTreeMap<String, f64>,
}

impl Counted {
    pub(crate) fn total(&self) -> f64 {
        self.groups.values().sum()
    }
}

pub(crate) fn count(route: &str, requests: u32) -> Result<Counted, String> {
    let own = std::env::current_exe().map_err(|error| error.to_string())?;
    let output = std::env::temp_dir().join(format!("unjwt-instructions-{}-{route}", std::process::id()));
    let mut valgrind = Command::new("valgrind");
    valgrind.args(["--tool=callgrind", "--toggle-collect=*served*counted*"]);
    valgrind.arg(format!("--callgrind-out-file={}", output.display()));
    valgrind.arg(own).args(["--serve", route, &requests.to_string()]);
    run(valgrind)?;
    let mut annotate = Command::new("callgrind_annotate");
    annotate.args(["--threshold=100", "--auto=no", "--show-percs=no"]).arg(&output);
    // It shortens the paths of files below the directory in which it runs.
    annotate.current_dir(std::env::temp_dir());
    let text = run(annotate);
    // Its numbers are in the text.
    let _ = std::fs::remove_file(&output);
    Ok(read(&text?, requests))
}

fn run(mut command: Command) -> Result<String, String> {
    let output = command.output().map_err(|error| format!("{command:?}: {error}"))?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(format!("{command:?}: {}", String::from_utf8_lossy(&output.stderr)))
    }
}

/// Reads the lines `1,234  path:function [object]`, whose numbers are those of all requests.
fn read(text: &str, requests: u32) -> Counted {
    let mut counted = Counted::default();
    for line in text.lines() {
        let Some((number, place)) = line.trim_start().split_once("  ") else { continue };
        let Ok(number) = number.trim().replace(',', "").parse::<f64>() else { continue };
        let Some((file, function)) = place.trim_start().split_once(':') else { continue };
        let each = number / f64::from(requests);
        *counted.groups.entry(group(file, function)).or_default() += each;
        if let Some((_, file)) = file.split_once("/unjwt/src/") {
            *counted.files.entry(file.to_owned()).or_default() += each;
        }
    }
    counted
}

/// Returns what the instructions of a function in a file do. A function of the standard library counts as the one into which
/// it was inlined.
fn group(file: &str, function: &str) -> &'static str {
    const COPIES: [&str; 5] = ["memcpy", "memmove", "memset", "memcmp", "bcmp"];
    const ALLOCATOR: [&str; 6] = ["malloc", "_int_free", "free", "realloc", "calloc", "__rust_"];
    const CRATES: [(&str, &str); 12] = [
        ("unjwt", "unjwt"),
        ("axum", "axum, tower, http"),
        ("tower", "axum, tower, http"),
        ("http", "axum, tower, http"),
        ("matchit", "axum, tower, http"),
        ("bytes", "axum, tower, http"),
        ("hyper", "hyper"),
        ("tokio", "tokio"),
        ("aws_lc", "cryptography"),
        ("aws-lc", "cryptography"),
        ("base64", "base64url, JSON"),
        ("serde", "base64url, JSON"),
    ];
    let name = function.split(" [").next().unwrap_or(function);
    if COPIES.iter().any(|copy| name.contains(copy)) && !name.contains("CRYPTO_memcmp") {
        return "copies of memory";
    }
    if file.contains("/malloc/")
        || ALLOCATOR.iter().any(|one| name.starts_with(one))
        || name.contains("__rust_alloc")
    {
        return "allocator";
    }
    let is_of_std = file.contains("/rustc/") || file.contains("/rust/deps/") || file == "???";
    // A path names the crate in its folder, such as `axum-0.8.9`, and a function in its path.
    let place = if is_of_std { name } else { file };
    let found = CRATES.iter().filter_map(|(part, group)| Some((place.find(part)?, *group)));
    let of_path = |part: &str| place.contains(&format!("/{part}/src/"));
    if !is_of_std && of_path("unjwt") {
        return "unjwt";
    }
    match found.min_by_key(|(at, _)| *at) {
        Some((_, group)) => group,
        None => "others",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "
Ir         file:function

12,000  ./string/../sysdeps/x86_64/multiarch/memmove-vec-unaligned-erms.S:__memcpy_avx_unaligned_erms [/usr/lib/libc.so.6]
 3,000  ./malloc/./malloc/malloc.c:_int_free [/usr/lib/libc.so.6]
 5,000  /src/unjwt/src/request/context.rs:<axum::routing::Route as tower::Service<R>>::call [server]
 2,000  /rustc/59/library/core/src/iter.rs:unjwt::cookie::read::offer [server]
 1,000  /registry/src/axum-0.8.9/src/routing/mod.rs:axum::routing::Router<S>::call_with_state
 4,000  /registry/src/hyper-1.9.0/src/proto/h1/role.rs:hyper::proto::h1::role::parse_headers
   500  /aws-lc/crypto/mem.c:aws_lc_0_47_0_CRYPTO_memcmp
";

    #[test]
    fn each_line_belongs_to_a_group() {
        let counted = read(TEXT, 10);
        let expected = [
            ("allocator", 300.0),
            ("axum, tower, http", 100.0),
            ("copies of memory", 1200.0),
            ("cryptography", 50.0),
            ("hyper", 400.0),
            ("unjwt", 700.0),
        ];
        assert_eq!(counted.groups, BTreeMap::from(expected));
        assert_eq!(counted.files, BTreeMap::from([("request/context.rs".to_owned(), 500.0)]));
        assert_eq!(counted.total(), 2750.0);
    }
}
