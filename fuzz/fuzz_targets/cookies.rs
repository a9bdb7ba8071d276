#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| unjwt_fuzz::cookies::run(data));
