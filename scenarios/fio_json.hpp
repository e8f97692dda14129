/// fio's `--output-format=json` and `json+`, as fio 3.33 writes them.
#pragma once
#include <nlohmann/json.hpp>
#include <string>

#include "scenarios/fio_report.hpp"

namespace blkpath {

/// The report as a document with fio's keys, nesting, order and number types, open for a caller to add
/// members. Time stamps are 0 and the epoch; `disk_util` is an empty list; majf and minf are 0.
/// @param plus  json+: each list of percentiles is followed by the histogram's `bins`
/// @throws      std::invalid_argument when there is not one spec for each job
nlohmann::ordered_json fio_json(const FioReport& report, bool plus);

/// Prints a document in fio's own layout: `"key" : value`, real numbers with six decimals, a newline at the
/// end.
std::string fio_json_text(const nlohmann::ordered_json& document);

}  // namespace blkpath
