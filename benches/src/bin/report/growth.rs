//! The picture of growth: four panels of the growth benches' lines.

use unjwt_benches::growth;

use super::estimates::Estimates;
use super::plot::{Panel, picture as draw};

pub(crate) fn picture(estimates: &Estimates) -> String {
    let panel = |group, title, axis| Panel { title, axis, lines: estimates.lines(group) };
    draw(&[
        panel(growth::PAYLOAD, "Payload", "bytes"),
        panel(growth::KEYS, "Keys of a set (EdDSA)", "public keys"),
        panel(growth::COOKIES, "Cookies of a request", "cookies, the session's last"),
        panel(growth::SESSIONS, "Sessions of an application", "sessions, of which a request uses one"),
    ])
}
