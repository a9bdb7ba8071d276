//! A bash that is controlled like a terminal.

use std::ffi::OsStr;
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use anyhow::{Context as _, Result, bail, ensure};

use crate::support::server::Folder;
use crate::support::tools::is_installed;

/// Settings that curl would otherwise take from the user's environment. Nothing here takes a minute.
const CURLRC: &str = "max-time = 60\nnoproxy = *\n";

/// Makes `cargo run --bin NAME -- ..` run the program that is already built.
const CARGO: &str = r#"cargo() {
    local name
    until [ "$1" = -- ]; do
        if [ "$1" = --bin ]; then name=$2; fi
        shift
    done
    shift
    "$PROGRAMS/$name" "$@"
}
"#;

/// A marker that no command of a README prints.
const END: &str = "=== end of the command, with status";

pub struct Shell {
    bash: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
}

impl Shell {
    /// A shell in this folder. `None`, visibly, if bash or curl is not installed and not required.
    pub fn start(folder: &Folder) -> Result<Option<Self>> {
        for tool in ["bash", "curl"] {
            if !is_installed(tool)? {
                return Ok(None);
            }
        }
        fs::write(folder.file(".curlrc"), CURLRC)?;
        let programs = Path::new(env!("CARGO_BIN_EXE_counter")).parent().context("no folder")?;
        let mut bash = Command::new("bash")
            .args(["--noprofile", "--norc"].map(OsStr::new))
            .current_dir(folder.file("."))
            .env("CURL_HOME", folder.file("."))
            .env("PROGRAMS", programs)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // curl's progress meter.
            .stderr(Stdio::null())
            .spawn()?;
        let mut stdin = bash.stdin.take().context("no stdin")?;
        let stdout = BufReader::new(bash.stdout.take().context("no stdout")?);
        stdin.write_all(CARGO.as_bytes())?;
        Ok(Some(Self { bash, stdin, stdout }))
    }

    /// The command's output on stdout; an error if it fails.
    pub fn run(&mut self, command: &str) -> Result<String> {
        // The command gets an empty stdin, since bash reads its commands from its own.
        write!(self.stdin, "{{ {command}\n}} </dev/null\nprintf '\\n%s %s\\n' '{END}' \"$?\"\n")?;
        self.stdin.flush()?;
        let mut output = String::new();
        loop {
            let mut line = String::new();
            if self.stdout.read_line(&mut line)? == 0 {
                bail!("bash has ended: {command}\n{output}");
            }
            if let Some(status) = line.strip_prefix(END) {
                ensure!(status.trim() == "0", "status{status} of {command}\n{output}");
                return Ok(output);
            }
            output += &line;
        }
    }
}

impl Drop for Shell {
    fn drop(&mut self) {
        // It may have exited already.
        let _ = self.bash.kill();
        let _ = self.bash.wait();
    }
}
