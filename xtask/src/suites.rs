//! Tests, benchmarks, fuzz targets, and tools that are installed for a check.

use crate::Result;
use crate::command::{command, need_nightly, run, run_in, succeeds};
use crate::workspace::Workspace;

/// Building cargo-deny takes minutes on two cores, once; without optimization, half of them.
pub(crate) fn deny(workspace: &Workspace) -> Result {
    need_tool("deny", &["--locked", "--debug", "cargo-deny@0.20.2"])?;
    run_in(&workspace.root, &["cargo", "deny", "--locked", "check", "licenses", "bans", "sources"])
}

pub(crate) fn fuzz(workspace: &Workspace) -> Result {
    need_tool("fuzz", &["--locked", "--debug", "cargo-fuzz"])?;
    need_nightly()?;
    run_in(&workspace.root, &["fuzz/run", "10"])
}

pub(crate) fn bench_smoke(workspace: &Workspace) -> Result {
    let mut clippy = command(&["cargo", "clippy", "--locked", "--release", "--all-targets"]);
    clippy.args(["--", "-D", "warnings"]).current_dir(workspace.root.join("benches"));
    // As `benches/run --smoke` builds, so that C and build scripts are built once.
    clippy.env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1");
    run(&mut clippy)?;
    run_in(&workspace.root, &["benches/run", "--smoke"])
}

/// Everything but the feature `axum`.
pub(crate) fn test_core(workspace: &Workspace) -> Result {
    let tests = workspace.member("unjwt-tests")?;
    let features: Vec<_> = tests.features().into_iter().filter(|name| *name != "axum").collect();
    let mut test = command(&["cargo", "test", "--locked", "-p", tests.name, "--no-default-features"]);
    run(test.args(["--features", &features.join(",")]).current_dir(&workspace.root))
}

/// serde_json hands numbers over differently where any crate of a build turns `arbitrary_precision` on.
pub(crate) fn test_numbers(workspace: &Workspace) -> Result {
    let features = ["--features", "serde_json/arbitrary_precision"];
    run(command(&["cargo", "test", "--locked", "-p", "unjwt", "--lib"])
        .args(features)
        .current_dir(&workspace.root))
}

/// `refresh-token` with each store for many machines, its tests of one, and its tests on three machines. The whole
/// workspace is selected, so that most dependencies are built as `test` builds them.
pub(crate) fn test_shared(workspace: &Workspace) -> Result {
    let run_tests = |of: &[&str]| {
        run(command(&["cargo", "test", "--locked", "--workspace"])
            .args(["--features", "unjwt-examples/redis,unjwt-examples/postgres", "--test"])
            .args(of)
            .current_dir(&workspace.root))
    };
    run_tests(&["refresh_token", "place::"])?;
    run_tests(&["many_machines"])
}

/// The crates that services come from, or use beside this one: a workspace of its own, which shares the folder of builds.
pub(crate) fn ecosystem(workspace: &Workspace) -> Result {
    let folder = workspace.root.join("ecosystem");
    let words = ["cargo", "clippy", "--locked", "--workspace", "--all-targets", "--", "-D", "warnings"];
    run_in(&folder, &words)?;
    run_in(&folder, &["cargo", "test", "--locked", "--workspace"])
}

/// A program for musl, which needs `musl-tools`, has no library to load.
pub(crate) fn musl(workspace: &Workspace) -> Result {
    const TARGET: &str = "x86_64-unknown-linux-musl";
    run_in(&workspace.root, &["rustup", "target", "add", TARGET])?;
    run_in(&workspace.root, &["cargo", "build", "--locked", "--target", TARGET, "--bin", "refresh-token"])?;
    let program = workspace.target.join(TARGET).join("debug/refresh-token");
    let output = command(&["ldd"]).arg(&program).output()?;
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    if said.contains("statically linked") || said.contains("not a dynamic executable") {
        return Ok(());
    }
    Err(format!("{} is not static: {said}", program.display()).into())
}

pub(crate) fn test(workspace: &Workspace) -> Result {
    run_in(&workspace.root, &["cargo", "test", "--workspace"])
}

/// Installs a subcommand of cargo, unless it is here.
fn need_tool(name: &str, package: &[&str]) -> Result {
    if succeeds(&["cargo", name, "--version"]) {
        return Ok(());
    }
    run(command(&["cargo", "install"]).args(package))
}
