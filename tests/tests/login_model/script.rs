//! The steps of a life.

use proptest::prelude::*;

use crate::support::store::Fault;

/// Numbers of processes, browsers and so on are taken modulo how many there are.
#[derive(Clone, Debug)]
pub enum Step {
    SignIn {
        process: usize,
        browser: usize,
        user: u64,
    },
    Renew {
        process: usize,
        browser: usize,
    },
    SignOut {
        process: usize,
        browser: usize,
    },
    /// Somebody keeps a copy of the browser's cookie.
    Copy {
        browser: usize,
    },
    /// A copy signs out.
    SignOutCopy {
        process: usize,
        copy: usize,
    },
    End {
        process: usize,
        login: usize,
    },
    EndUser {
        process: usize,
        user: u64,
    },
    EndTenant {
        process: usize,
    },
    EndOthers {
        process: usize,
        browser: usize,
    },
    EndEveryone {
        process: usize,
    },
    Outage(Fault),
    Wait {
        seconds: u64,
    },
    Restart {
        process: usize,
    },
    List {
        process: usize,
        user: u64,
    },
    /// The store answers again, and time passes until everything is written.
    Settle,
    Present {
        process: usize,
        token: usize,
    },
}

pub fn step() -> impl Strategy<Value = Step> {
    let process = 0_usize..3;
    let browser = 0_usize..4;
    let user = 0_u64..3;
    let any = 0_usize..64;
    let fault = prop_oneof![
        3 => Just(Fault::None),
        1 => Just(Fault::Out),
        1 => Just(Fault::NotWriting),
        1 => Just(Fault::NotAnswering),
    ];
    let (p, b, u) = (process.clone(), browser.clone(), user.clone());
    prop_oneof![
        6 => (p.clone(), b.clone(), u.clone()).prop_map(|(process, browser, user)| Step::SignIn { process, browser, user }),
        3 => (p.clone(), b.clone()).prop_map(|(process, browser)| Step::Renew { process, browser }),
        2 => (p.clone(), b.clone()).prop_map(|(process, browser)| Step::SignOut { process, browser }),
        3 => b.clone().prop_map(|browser| Step::Copy { browser }),
        1 => (p.clone(), any.clone()).prop_map(|(process, copy)| Step::SignOutCopy { process, copy }),
        1 => (p.clone(), any.clone()).prop_map(|(process, login)| Step::End { process, login }),
        1 => (p.clone(), u.clone()).prop_map(|(process, user)| Step::EndUser { process, user }),
        1 => p.clone().prop_map(|process| Step::EndTenant { process }),
        2 => (p.clone(), b).prop_map(|(process, browser)| Step::EndOthers { process, browser }),
        1 => p.clone().prop_map(|process| Step::EndEveryone { process }),
        3 => fault.prop_map(Step::Outage),
        4 => prop_oneof![Just(1_u64), Just(9), Just(10), Just(60), Just(86_400)].prop_map(|seconds| Step::Wait { seconds }),
        1 => p.clone().prop_map(|process| Step::Restart { process }),
        2 => (p.clone(), u).prop_map(|(process, user)| Step::List { process, user }),
        2 => Just(Step::Settle),
        8 => (p, any).prop_map(|(process, token)| Step::Present { process, token }),
    ]
}
