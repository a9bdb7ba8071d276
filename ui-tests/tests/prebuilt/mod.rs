//! AWS-LC as the workspace's own build has it: trybuild has a target folder of its own, for which cargo would compile the
//! C sources once more.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Once;
use std::{env, fs};

/// Tells the cargo that trybuild starts what the build script of `aws-lc-sys` said before, by an override of its `links`
/// (<https://doc.rust-lang.org/cargo/reference/build-scripts.html#overriding-build-scripts>).
pub(crate) fn offer() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| match write() {
        Some(config) => println!("AWS-LC is taken from the workspace's build: {}", config.display()),
        None => println!("AWS-LC is compiled once more: the workspace's build of it was not found"),
    });
}

fn write() -> Option<PathBuf> {
    // `<target>/<profile>/deps/<test>`
    let profile = env::current_exe().ok()?.ancestors().nth(2)?.to_owned();
    let (links, output) = newest_output(&profile.join("build"))?;
    let config = profile.parent()?.join("tests/trybuild/.cargo/config.toml");
    fs::create_dir_all(config.parent()?).ok()?;
    fs::write(&config, overriding(&links, &output)).ok()?;
    Some(config)
}

/// The crate's `links` and the lines that its build script printed.
fn newest_output(build: &Path) -> Option<(String, String)> {
    let scripts = fs::read_dir(build).ok()?.flatten().map(|entry| entry.path());
    let outputs = scripts
        .filter(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("aws-lc-sys-")))
        .map(|path| path.join("output"));
    let newest = outputs.max_by_key(|output| output.metadata().and_then(|data| data.modified()).ok())?;
    let text = fs::read_to_string(newest).ok()?;
    // The library's name has the version in it: `aws_lc_0_47_0_crypto`.
    let library = text.lines().find_map(|line| line.strip_prefix("cargo:rustc-link-lib=static="))?;
    Some((library.strip_suffix("_crypto")?.to_owned(), text))
}

fn overriding(links: &str, output: &str) -> String {
    let mut settings = BTreeMap::<&str, Vec<&str>>::new();
    for line in output.lines().filter_map(|line| line.strip_prefix("cargo:")) {
        if let Some((key, value)) = line.trim_start_matches(':').split_once('=')
            && !key.starts_with("rerun-if")
            && key != "warning"
        {
            settings.entry(key).or_default().push(value);
        }
    }
    let mut config = format!("[target.{}.{links}]\n", target());
    for (key, values) in settings {
        let values: Vec<_> = values.iter().map(|value| format!("{value:?}")).collect();
        let lists = ["rustc-link-lib", "rustc-link-search", "rustc-cfg"];
        let value = if lists.contains(&key) { format!("[{}]", values.join(", ")) } else { values.concat() };
        config += &format!("{key} = {value}\n");
    }
    config
}

fn target() -> String {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = std::process::Command::new(rustc).arg("-vV").output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().find_map(|line| line.strip_prefix("host: ")).unwrap().to_owned()
}
