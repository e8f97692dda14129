/// What blkpath reports beyond fio's own figures: where the time went, processors, data at risk, the bound.
#pragma once
#include <nlohmann/json.hpp>
#include <string>

#include "scenarios/fio_report.hpp"
#include "scenarios/simulation.hpp"

namespace blkpath {

inline constexpr const char* kVersion = "0.1.0";

FioReport fio_report(const Scenario& scenario, const Result& result);
/// Below fio's normal output: stage table, CPU per I/O, data at risk, bottleneck, assumed parameters, notes.
std::string report_text(const Scenario& scenario, const Result& result);
/// Every parameter with its value, where that comes from, and its standard error when known.
std::string params_text(const Result& result);
/// The same facts; the "blkpath" member of the JSON output.
nlohmann::ordered_json report_json(const Scenario& scenario, const Result& result);

}  // namespace blkpath
