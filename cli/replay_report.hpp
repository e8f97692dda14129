/// What `blkpath replay` says beyond fio's figures.
#pragma once
#include <nlohmann/json.hpp>
#include <string>

#include "aio/replay.hpp"
#include "scenarios/fio_report.hpp"

namespace blkpath::cli {

/// A replay in fio's words.
FioReport fio_report(const ReplayOutcome& outcome,
                     const std::vector<std::pair<std::string, std::string>>& global_options);
/// Below fio's normal output: driver, lateness, verification, where the trace is, notes.
std::string replay_text(const ReplayOutcome& outcome, const ReplayOptions& options);
/// The same facts; the "blkpath" member of the JSON output.
nlohmann::ordered_json replay_json(const ReplayOutcome& outcome, const ReplayOptions& options);

}  // namespace blkpath::cli
