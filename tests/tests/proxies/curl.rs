//! curl with its cookie jar, and with a `Cookie` line that a script wrote.

use std::process::{Command, Stdio};

use tempfile::TempDir;
use unjwt::Config;
use unjwt_tests::told;

use crate::service::{Service, cookie_line, largest};

/// Returns what curl prints; `None` if it is not installed, which is printed, and fails where `CI` is set.
fn curl(folder: &TempDir, arguments: &[&str]) -> Option<String> {
    let mut curl = Command::new("curl");
    curl.args(["--disable", "--silent", "--noproxy", "*"]).args(arguments).current_dir(folder.path());
    match curl.stdin(Stdio::null()).output() {
        Ok(output) => Some(String::from_utf8(output.stdout).unwrap()),
        Err(error) => {
            assert!(std::env::var_os("CI").is_none(), "`curl` is required here: {error}");
            told!("skipped: `curl` does not run: {error}");
            None
        }
    }
}

/// curl does not block the service, which runs on another thread.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_jar_sends_two_chunks_and_a_line_of_the_script_s_own_has_three() {
    let service = Service::start_with(Config::insecure_cookies_for_local_http).await;
    let folder = TempDir::new().unwrap();
    if curl(&folder, &["--version"]).is_none() {
        return;
    }
    let url = format!("http://{}/", service.server.address);
    let comes_back = async |length: usize| {
        let write = format!("{url}{length}");
        curl(&folder, &["--cookie-jar", "jar", "--request", "POST", &write]).unwrap();
        curl(&folder, &["--cookie", "jar", &url]).unwrap() == length.to_string()
    };
    let length = largest(comes_back).await;
    let line = cookie_line(&service.cookies(length)).len();
    told!("curl: a session of {length} bytes comes back from its jar, in a line of {line}");
    // It leaves out the cookie with which the line would become longer than 8190 bytes.
    assert!((8_000..=8_190).contains(&line), "{line}");
    assert!(service.longest(2).await <= length && length < service.longest(3).await, "{length}");

    let longest = service.longest(3).await;
    let line = cookie_line(&service.cookies(longest));
    assert_eq!(curl(&folder, &["--header", line.trim_end(), &url]).unwrap(), longest.to_string());
}
