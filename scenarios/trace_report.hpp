/// What is reported of replayed traces beyond fio's figures: how they were issued, what was left out, and the
/// recorded latencies beside the predicted ones.
#pragma once
#include <nlohmann/json.hpp>
#include <string>

#include "scenarios/simulation.hpp"

namespace blkpath {

/// Empty when no trace was replayed.
std::string trace_text(const Result& result);
/// One entry for each job that replayed a trace; the member "trace" of the report.
nlohmann::ordered_json trace_json(const Result& result);

}  // namespace blkpath
