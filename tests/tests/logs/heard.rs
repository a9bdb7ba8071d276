//! A recorder of everything that the process logs at the level TRACE, with every field and span.

use std::io::{self, Write};
use std::sync::{Mutex, Once};

use tracing_subscriber::fmt::format::FmtSpan;

static HEARD: Mutex<Vec<u8>> = Mutex::new(Vec::new());

struct Ear;

impl Write for Ear {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        HEARD.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Starts recording on all threads.
pub fn listen() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        tracing_subscriber::fmt()
            .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
            .with_span_events(FmtSpan::FULL)
            .with_ansi(false)
            .with_writer(|| Ear)
            .init();
    });
}

pub fn heard() -> String {
    String::from_utf8(HEARD.lock().unwrap().clone()).unwrap()
}
