//! A pooler of PostgreSQL's connections.

use std::fs;
use std::path::Path;

use crate::free_port;
use crate::postgres::{PostgresServer, url, wait_for};
use crate::process::skip;
use crate::watchdog::{Watchdog, folder, run_as_other};

/// PgBouncer before a server, which gives each transaction any of its connections. It ends with the value, or with the
/// process.
pub struct PgBouncer {
    port: u16,
    _watchdog: Watchdog,
}

impl PgBouncer {
    /// Starts a pooler. `None` if it is not installed, which is printed, and fails where `CI` is set.
    pub fn start(server: &PostgresServer) -> Option<Self> {
        let program = Path::new("/usr/sbin/pgbouncer");
        if !program.is_file() {
            skip("PgBouncer is not installed");
            return None;
        }
        let (folder, port) = (folder(), free_port());
        let settings = format!(
            "[databases]\npostgres = host=127.0.0.1 port={} user=postgres\n[pgbouncer]\nlisten_addr = 127.0.0.1\n\
             listen_port = {port}\nunix_socket_dir =\nauth_type = any\npool_mode = transaction\n\
             default_pool_size = 3\n",
            server.port()
        );
        fs::write(folder.join("settings.ini"), settings).unwrap();
        let mut command = run_as_other(program);
        command.arg(folder.join("settings.ini"));
        let watchdog = Watchdog::start(&folder, &command);
        wait_for(server, port);
        Some(Self { port, _watchdog: watchdog })
    }

    /// Returns the pooler's address.
    pub fn url(&self) -> String {
        url(self.port)
    }
}
