//! Two writes at the same time, in whichever order.

use unjwt::ErrorKind;

use super::cell::Scope;
use super::kinds::{Hook, Kind};
use super::reading::Expect;
use super::record::{After, Record, Written};
use super::script::{Change, What};
use super::world::Model;

const HANDLER: Scope = Vec::new();

impl Model {
    /// Two writes at the same time: what happened is right if it is so in one of their possible orders.
    pub async fn together(&self, kind: Kind, writes: &[(Change, bool); 2], routed: bool) -> Expect<()> {
        let (one, two) =
            (self.ensure(kind, &HANDLER, false).await?, self.ensure(kind, &HANDLER, false).await?);
        for failure in [one, two].into_iter().filter_map(Result::err) {
            self.check_failed(kind, failure, routed)?;
        }
        if one.is_err() || two.is_err() {
            return Ok(());
        }
        let (results, after) = match self.next_record()? {
            Record::Together { kind: of, results, after } if of == kind => (results, after),
            other => return Err(format!("{other:?}")),
        };
        let before = self.world().clone();
        let mut reasons = Vec::new();
        // Twice each: the first time it writes, the second time its hook has ended.
        for order in [[0, 0, 1, 1], [0, 1, 0, 1], [0, 1, 1, 0], [1, 1, 0, 0], [1, 0, 1, 0], [1, 0, 0, 1]] {
            match self.in_order(kind, writes, order, &results, &after) {
                Ok(()) => {
                    self.count("concurrent writes");
                    return Ok(());
                }
                Err(reason) => reasons.push(reason),
            }
            self.world().clone_from(&before);
        }
        Err(format!("{results:?}, then {after:?}: in no order ({reasons:?})"))
    }

    fn in_order(
        &self,
        kind: Kind,
        writes: &[(Change, bool); 2],
        order: [usize; 4],
        results: &[Written; 2],
        after: &After,
    ) -> Expect<()> {
        let mut begun = [None, None];
        for index in order {
            let (change, fails) = &writes[index];
            match begun[index].take() {
                None => {
                    begun[index] =
                        Some(self.world().begin(kind, &What::UpdateWith(change.clone()), &HANDLER)?);
                }
                Some(result) => {
                    let result = match result {
                        Ok((number, _)) if *fails && kind.has(Hook::Update) => {
                            self.world().take_back(kind, number);
                            Err(ErrorKind::Hook)
                        }
                        Ok((number, found)) => self.world().cell(kind).confirm(number).map(|()| Some(found)),
                        Err(error) => Err(error),
                    };
                    self.check_result(&result, &results[index])?;
                    begun[index] = None;
                }
            }
        }
        self.check_after(kind, &HANDLER, after)
    }
}
