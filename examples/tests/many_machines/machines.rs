//! Three machines, their store and the proxy before them.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use unjwt_store_servers::{RedisServer, TcpProxy};

use crate::round_robin::RoundRobin;
use crate::support::client::{Answer, Client};
use crate::support::server::{Ended, Folder, Program, Server};

/// Longer than anything takes on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(120);

/// The number of processes.
pub const MACHINES: usize = 3;

/// Everything that a test has. It ends with the value.
pub struct Machines {
    pub proxy: RoundRobin,
    servers: Vec<Option<Server>>,
    /// The way of each machine to the store.
    pub lines: Vec<TcpProxy>,
    pub redis: RedisServer,
    folder: Folder,
    /// How many seconds the machines' clocks are ahead of this test's.
    pub ahead: u64,
}

impl Machines {
    /// `None`, visibly, if Redis is not installed and not required.
    pub fn start(test: &str) -> Result<Option<Self>> {
        Self::start_with_ports(test, 1)
    }

    /// The same, at several ports.
    pub fn start_with_ports(test: &str, ports: usize) -> Result<Option<Self>> {
        let Some(redis) = RedisServer::start() else { return Ok(None) };
        let folder = Folder::new(&format!("many-machines-{test}"))?;
        let lines: Vec<_> = (0..MACHINES).map(|_| TcpProxy::start(redis.port())).collect();
        // One after the other: the first makes the keys.
        let servers: Vec<_> = lines.iter().map(|line| start(&folder, line)).collect::<Result<_>>()?;
        let proxy = RoundRobin::start(&servers.iter().map(port).collect::<Result<Vec<_>>>()?, ports)?;
        let servers = servers.into_iter().map(Some).collect();
        Ok(Some(Self { proxy, servers, lines, redis, folder, ahead: 0 }))
    }

    /// The address of the proxy.
    pub fn url(&self) -> Result<String> {
        self.proxy.urls().next().context("no port")
    }

    /// The addresses of the machines themselves.
    pub fn urls(&self) -> impl Iterator<Item = &str> {
        self.servers.iter().flatten().map(|server| server.url.as_str())
    }

    /// Lets time pass for the machines.
    pub fn pass(&mut self, seconds: u64) -> Result<()> {
        self.ahead += seconds;
        let server = self.servers.iter().flatten().next().context("no machine runs")?;
        // All have the same file.
        server.set_ahead(self.ahead)
    }

    /// Lets time pass for the machines and a client, which drops cookies that have expired.
    pub fn pass_with(&mut self, client: &mut Client, seconds: u64) -> Result<()> {
        self.pass(seconds)?;
        client.ahead = self.ahead;
        Ok(())
    }

    /// Kills a process (SIGKILL).
    pub fn kill(&mut self, machine: usize) {
        self.servers[machine] = None;
    }

    /// Starts a process that was killed again.
    pub fn restart(&mut self, machine: usize) -> Result<()> {
        let server = start(&self.folder, &self.lines[machine])?;
        self.proxy.put(machine, port(&server)?);
        self.servers[machine] = Some(server);
        Ok(())
    }

    /// Ends the processes, and returns what they had to say.
    pub fn end(self) -> Result<Vec<Ended>> {
        self.servers.into_iter().flatten().map(Server::interrupt).collect()
    }

    /// A client that has signed in, through the proxy.
    pub fn sign_in(&self) -> Result<Client> {
        let mut client = Client::new(&self.url()?);
        let answer =
            client.post_json("/login", &json!({ "username": "ada", "password": "correct horse" }))?;
        ensure!(answer.status == 200, "{answer:?}");
        Ok(client)
    }
}

/// Asks several times for one client, at the same moment. Each has a jar of its own afterwards.
pub fn ask_at_once(
    proxy: &RoundRobin,
    client: &Client,
    requests: usize,
    ask: impl Fn(&mut Client) -> Result<Answer> + Sync,
) -> Result<Vec<(Client, Answer)>> {
    proxy.hold();
    thread::scope(|scope| {
        let ask = |_| {
            let mut tab = client.clone();
            let ask = &ask;
            scope.spawn(move || ask(&mut tab).map(|answer| (tab, answer)))
        };
        let asked: Vec<_> = (0..requests).map(ask).collect();
        proxy.release(requests);
        asked.into_iter().map(|thread| thread.join().expect("a request panics")).collect()
    })
}

fn start(folder: &Folder, line: &TcpProxy) -> Result<Server> {
    let program = Program::new(env!("CARGO_BIN_EXE_refresh-token"), folder);
    program.arg("0").arg("--keys").arg(folder.file("keys.json")).arg("--store").arg(line.url()).start()
}

fn port(server: &Server) -> Result<u16> {
    let (_, port) = server.url.rsplit_once(':').context("no port")?;
    Ok(port.parse()?)
}

/// Returns the identifier of the client's login, which is the user's only one.
pub fn only_login(client: &mut Client) -> Result<Value> {
    let answer = client.get("/devices")?;
    ensure!(answer.status == 200, "{answer:?}");
    ensure!(answer.json()?.as_array().is_some_and(|devices| devices.len() == 1), "{answer:?}");
    answer.at("/0/id")
}

/// Asks for `/me`, again as long as the answer is to come later. A slow machine gives it, where a store answers too
/// late.
pub fn ask(client: &mut Client) -> Result<Answer> {
    let end = Instant::now() + PATIENCE;
    loop {
        let answer = client.get("/me")?;
        if answer.status != 503 {
            return Ok(answer);
        }
        assert_postponed(&answer);
        ensure!(Instant::now() < end, "{answer:?}");
        thread::sleep(Duration::from_millis(100));
    }
}

/// The client is signed in.
#[track_caller]
pub fn assert_served(client: &mut Client) -> Result<()> {
    let answer = ask(client)?;
    assert_eq!(answer.status, 200, "{answer:?}");
    Ok(())
}

/// The client is not signed in any more.
#[track_caller]
pub fn assert_ended(client: &mut Client) -> Result<()> {
    let answer = ask(client)?;
    assert_eq!(answer.status, 401, "{answer:?}");
    Ok(())
}

/// The answer says to come again later, and takes no cookie away.
#[track_caller]
pub fn assert_postponed(answer: &Answer) {
    assert_eq!(answer.status, 503, "{answer:?}");
    assert!(answer.header("retry-after").is_some(), "{answer:?}");
    assert!(answer.set_cookies.is_empty(), "{answer:?}");
}
