//! The README and the transcripts say what the program prints.

#[test]
fn the_program_prints_what_the_transcripts_say() {
    let cases = trycmd::TestCases::new();
    // 2026-12-01 00:00:00 UTC.
    cases.env("UNJWT_NOW", "1796083200");
    // `readme.md` is a link to the README.
    cases.case("tests/transcripts/*.md");
}
