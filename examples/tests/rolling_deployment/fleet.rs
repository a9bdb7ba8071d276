//! Three machines with a proxy before them, and the people who use the service.

use anyhow::{Context as _, Result, ensure};

use crate::person::{Person, Request};
use crate::program::{Meeting, Program};
use crate::round_robin::RoundRobin;
use crate::support::server::{Folder, Server};
use crate::traffic::Traffic;

/// The number of machines.
pub const MACHINES: usize = 3;

/// What each machine is to a person.
pub type Meetings = [Meeting; MACHINES];

pub struct Fleet {
    pub people: Vec<Person>,
    proxy: RoundRobin,
    machines: Vec<Machine>,
    folder: Folder,
    /// How many seconds the clocks of machines and browsers are ahead.
    ahead: u64,
}

struct Machine {
    server: Server,
    program: Program,
}

impl Fleet {
    /// All machines have the same program. Somebody who counts visits has signed in, and somebody who only reads.
    pub fn start(test: &str, program: Program) -> Result<Self> {
        let folder = Folder::new(&format!("rolling-deployment-{test}"))?;
        // One after the other: the first makes the key.
        let machines: Vec<_> = (0..MACHINES).map(|_| start(program, &folder)).collect::<Result<_>>()?;
        let ports = machines.iter().map(|machine| port(&machine.server)).collect::<Result<Vec<_>>>()?;
        let proxy = RoundRobin::start(&ports, 1)?;
        let mut fleet = Self { people: Vec::new(), proxy, machines, folder, ahead: 0 };
        fleet.sign_in("visitor", 0)?;
        fleet.sign_in("reader", 0)?;
        fleet.person("reader").is_counted = false;
        Ok(fleet)
    }

    /// Signs a person in at one machine.
    pub fn sign_in(&mut self, name: &'static str, machine: usize) -> Result<()> {
        self.proxy.turn_to(machine);
        let url = self.proxy.urls().next().context("no port")?;
        let mut person = Person::sign_in(name, &url, self.machines[machine].program)?;
        person.client.ahead = self.ahead;
        self.people.push(person);
        Ok(())
    }

    /// The same for somebody who has a session.
    pub fn sign_in_again(&mut self, name: &str, machine: usize) -> Result<()> {
        self.proxy.turn_to(machine);
        let program = self.machines[machine].program;
        self.person(name).sign_in_again(program)
    }

    pub fn sign_out(&mut self, name: &str, machine: usize) -> Result<()> {
        self.proxy.turn_to(machine);
        self.person(name).sign_out()
    }

    pub fn person(&mut self, name: &str) -> &mut Person {
        self.people.iter_mut().find(|person| person.name == name).expect("somebody of this name")
    }

    /// Lets time pass for machines and browsers.
    pub fn pass(&mut self, seconds: u64) -> Result<()> {
        self.ahead += seconds;
        // All have the same file.
        self.machines[0].server.set_ahead(self.ahead)?;
        for person in &mut self.people {
            person.client.ahead = self.ahead;
        }
        Ok(())
    }

    /// Gives a machine another program, while everybody sends requests. None of them is lost: the old process is ended
    /// when the proxy has got an answer to whatever it sent there.
    pub fn replace(&mut self, machine: usize, program: Program) -> Result<()> {
        let new = start(program, &self.folder)?;
        let new_port = port(&new.server)?;
        let mut programs: Vec<_> = self.machines.iter().map(|machine| machine.program).collect();
        programs.push(program);
        let people = self.people.len();
        let proxy = &self.proxy;
        Traffic::run(&mut self.people, &programs, |traffic| {
            traffic.wait_for_requests(MACHINES);
            proxy.hold();
            proxy.put(machine, new_port);
            proxy.release(people);
            traffic.wait_for_requests(2 * MACHINES);
        })?;
        ensure!(self.proxy.served()[machine] > 0, "the new program was not asked");
        let old = std::mem::replace(&mut self.machines[machine], new);
        let ended = old.server.interrupt()?;
        ensure!(ended.status.success(), "{ended:?}");
        Ok(())
    }

    /// Gives all machines another program, one by one. `check` is told how many have it, from one to all.
    pub fn deploy(
        &mut self,
        program: Program,
        mut check: impl FnMut(&mut Self, usize) -> Result<()>,
    ) -> Result<()> {
        for machine in 0..MACHINES {
            self.replace(machine, program)?;
            check(self, machine + 1)?;
        }
        Ok(())
    }

    /// Lets everybody ask each machine in turn, and returns what each was to whom.
    pub fn ask_all(&mut self) -> Result<Vec<(&'static str, Meetings)>> {
        let mut meetings: Vec<_> =
            self.people.iter().map(|person| (person.name, [Meeting::SignedOut; MACHINES])).collect();
        for (index, machine) in self.machines.iter().enumerate() {
            for (person, (_, met)) in self.people.iter_mut().zip(&mut meetings) {
                met[index] = person.meeting(machine.program);
                for request in person.requests() {
                    self.proxy.turn_to(index);
                    ask(person, machine.program, *request)?;
                }
            }
        }
        Ok(meetings)
    }

    /// Asks each machine for everybody, all of whom are served.
    #[track_caller]
    pub fn assert_all_served(&mut self) -> Result<()> {
        let all: Vec<_> =
            self.people.iter().map(|person| (person.name, [Meeting::Served; MACHINES])).collect();
        assert_eq!(self.ask_all()?, all);
        Ok(())
    }
}

/// Sends a request to a machine with this program.
fn ask(person: &mut Person, program: Program, request: Request) -> Result<()> {
    let before = person.client.cookie_header("/");
    let (expected, after) = person.expected(program, request);
    let seen = person.send(request)?;
    assert_eq!(seen, expected, "{request:?} of the {} at {program:?}, with {:?}", person.name, person.token);
    let is_written = person.client.cookie_header("/") != before;
    assert_eq!(is_written, after != person.token, "{request:?} of the {} at {program:?}", person.name);
    person.token = after;
    Ok(())
}

/// What the machines are to a person, of which the first so many have the new program.
pub fn first(deployed: usize, new: Meeting, old: Meeting) -> Meetings {
    std::array::from_fn(|machine| if machine < deployed { new } else { old })
}

fn start(program: Program, folder: &Folder) -> Result<Machine> {
    Ok(Machine { server: program.start(folder)?, program })
}

fn port(server: &Server) -> Result<u16> {
    let (_, port) = server.url.rsplit_once(':').context("no port")?;
    Ok(port.parse()?)
}
