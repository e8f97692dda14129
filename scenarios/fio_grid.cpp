#include "scenarios/fio_grid.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>
#include <utility>

#include "model/core/error.hpp"
#include "scenarios/fio_values.hpp"

namespace blkpath {
namespace {

constexpr int kMostOutstanding = 32768;  ///< as in a scenario
constexpr double kLargest = 1e12;        ///< of a number in a table: no rate, time or depth is so large

std::vector<std::string> fields_of(std::string line) {
  if (!line.empty() && line.back() == '\r') line.pop_back();
  std::vector<std::string> fields;
  std::istringstream in(line);
  for (std::string field; std::getline(in, field, ',');) fields.push_back(field);
  return fields;
}

/// Direction and order of fio's `rw`. @throws ConfigError
void set_rw(GridCell& cell, const std::string& rw, const Place& place) {
  cell.rw = rw;
  cell.random = rw.starts_with("rand");
  const std::string dir = cell.random ? rw.substr(4) : rw;
  if (dir != "read" && dir != "write")
    throw ConfigError(place, "rw",
                      fmt::format("'{}' is no grid of one direction, for example 'randread'", rw));
  cell.dir = dir == "read" ? Dir::read : Dir::write;
}

/// What is needed for a fit must be above zero, what helps it not below.
void check(const GridCell& cell, const Place& place) {
  const std::array<std::pair<const char*, double>, 8> needed{{{"bs", static_cast<double>(cell.block.n)},
                                                              {"iodepth", cell.iodepth},
                                                              {"numjobs", cell.numjobs},
                                                              {"runtime_ms", seconds(cell.runtime)},
                                                              {"iops", cell.iops},
                                                              {"clat_mean_us", cell.clat_us},
                                                              {"clat_p50_us", cell.p50_us},
                                                              {"clat_p99_us", cell.p99_us}}};
  for (const auto& [name, value] : needed)
    if (!(value > 0)) throw ConfigError(place, name, "must be above 0, for example '1'");
  const std::array<std::pair<const char*, double>, 4> helpful{{{"slat_mean_us", cell.slat_us},
                                                               {"clat_p999_us", cell.p999_us},
                                                               {"usr_pct", cell.usr_percent},
                                                               {"sys_pct", cell.sys_percent}}};
  for (const auto& [name, value] : helpful)
    if (!(value >= 0)) throw ConfigError(place, name, "must not be below 0, for example '1.5'");
  if (std::int64_t{cell.iodepth} * cell.numjobs > kMostOutstanding)
    throw ConfigError(place, "iodepth",
                      fmt::format("{} x numjobs {} is more than {} I/Os outstanding", cell.iodepth,
                                  cell.numjobs, kMostOutstanding));
}

/// One line of the table, by the names of its columns.
class Row {
 public:
  Row(const std::map<std::string, std::size_t>& columns, std::vector<std::string> fields, Place place)
      : columns_(columns), fields_(std::move(fields)), place_(std::move(place)) {}
  std::string text(const std::string& name) const {
    const auto it = columns_.find(name);
    return it == columns_.end() || it->second >= fields_.size() ? "" : fields_[it->second];
  }
  double number(const std::string& name, std::optional<double> otherwise = {}) const {
    const std::string t = text(name);
    if (t.empty() && otherwise) return *otherwise;
    double v = 0;
    const auto [end, error] = std::from_chars(t.data(), t.data() + t.size(), v);
    if (error != std::errc() || end != t.data() + t.size() || !(std::abs(v) < kLargest))
      throw ConfigError(place_, name, fmt::format("'{}' is not a number, for example '117.9'", t));
    return v;
  }
  int count(const std::string& name) const {
    const double v = number(name);
    if (v != std::floor(v) || std::abs(v) > kMostOutstanding)
      throw ConfigError(
          place_, name,
          fmt::format("'{}' is not a whole number up to {}, for example '16'", text(name), kMostOutstanding));
    return static_cast<int>(v);
  }

 private:
  const std::map<std::string, std::size_t>& columns_;
  std::vector<std::string> fields_;
  Place place_;
};

Bytes block_size(const std::string& text, const Place& place) {
  try {
    return Bytes{fio::parse_number(text, 1024)};
  } catch (const std::invalid_argument& e) {
    throw ConfigError(place, "bs", fmt::format("'{}' {}", text, e.what()));
  }
}

/// A depth as fio takes it. @throws ConfigError
int count(const std::string& text, const char* name, const Place& place) {
  std::int64_t n = 0;
  try {
    n = fio::parse_number(text, 1024);
  } catch (const std::invalid_argument& e) {
    throw ConfigError(place, name, fmt::format("'{}' {}", text, e.what()));
  }
  if (!std::in_range<int>(n)) throw ConfigError(place, name, fmt::format("'{}' is out of range", text));
  return static_cast<int>(n);
}

}  // namespace

std::vector<GridCell> read_grid_csv(const std::string& path) {
  std::ifstream in(path);
  if (!in) throw ConfigError({path, 0}, "--fio-csv", "cannot be read");
  std::string line;
  std::getline(in, line);
  std::map<std::string, std::size_t> columns;
  const std::vector<std::string> names = fields_of(line);
  for (std::size_t i = 0; i < names.size(); ++i)
    if (!columns.emplace(names[i], i).second && !names[i].empty())
      throw ConfigError({path, 1}, names[i], "two columns have this name; rename the one that is not meant");
  for (const char* needed :
       {"rw", "bs", "iodepth", "numjobs", "iops", "clat_mean_us", "clat_p50_us", "clat_p99_us"})
    if (!columns.contains(needed))
      throw ConfigError({path, 1}, needed,
                        "column is missing; the first line names the columns, for example "
                        "'rw,bs,iodepth,numjobs,iops,clat_mean_us,clat_p50_us,clat_p99_us'");
  std::vector<GridCell> cells;
  for (int number = 2; std::getline(in, line); ++number) {
    if (line.empty() || line == "\r") continue;
    const Place place{path, number};
    const Row row(columns, fields_of(line), place);
    GridCell cell;
    cell.device = row.text("system_device");
    set_rw(cell, row.text("rw"), place);
    cell.block = block_size(row.text("bs"), place);
    cell.iodepth = row.count("iodepth");
    cell.numjobs = row.count("numjobs");
    cell.runtime = from_seconds(row.number("runtime_ms", 60'000) * 1e-3);
    cell.iops = row.number("iops");
    cell.slat_us = row.number("slat_mean_us", 0);
    cell.clat_us = row.number("clat_mean_us");
    cell.p50_us = row.number("clat_p50_us");
    cell.p99_us = row.number("clat_p99_us");
    cell.p999_us = row.number("clat_p999_us", cell.p99_us);
    cell.usr_percent = row.number("usr_pct", 0);
    cell.sys_percent = row.number("sys_pct", 0);
    check(cell, place);
    cells.push_back(std::move(cell));
  }
  if (cells.empty()) throw ConfigError({path, 0}, "--fio-csv", "holds no results");
  return cells;
}

std::vector<GridCell> read_grid_json(const std::string& path) {
  const Place place{path, 0};
  std::ifstream in(path);
  if (!in) throw ConfigError(place, "--fio-json", "cannot be read");
  std::ostringstream whole;
  whole << in.rdbuf();  // of a folder: nothing
  std::string text = whole.str();
  text.erase(0, text.find('{'));  // fio writes its warnings in front
  try {
    const nlohmann::json document = nlohmann::json::parse(text);
    const nlohmann::json& jobs = document.at("jobs");
    if (jobs.size() != 1)
      throw ConfigError(place, "jobs",
                        fmt::format("{} results; several jobs need 'group_reporting'", jobs.size()));
    const nlohmann::json& job = jobs.at(0);
    nlohmann::json options = document.value("global options", nlohmann::json::object());
    options.update(job.at("job options"));
    const auto option = [&](const char* name, const char* otherwise) {
      return options.value(name, std::string(otherwise));
    };
    GridCell cell;
    set_rw(cell, option("rw", option("readwrite", "read").c_str()), place);
    cell.block = block_size(option("bs", "4k"), place);
    cell.iodepth = count(option("iodepth", "1"), "iodepth", place);
    cell.numjobs = count(option("numjobs", "1"), "numjobs", place);
    const nlohmann::json& dir = job.at(cell.dir == Dir::read ? "read" : "write");
    const nlohmann::json& clat = dir.at("clat_ns");
    cell.runtime = from_seconds(dir.at("runtime").get<double>() * 1e-3);
    cell.iops = dir.at("iops").get<double>();
    cell.slat_us = dir.at("slat_ns").at("mean").get<double>() * 1e-3;
    cell.clat_us = clat.at("mean").get<double>() * 1e-3;
    const nlohmann::json& percentile = clat.at("percentile");
    cell.p50_us = percentile.at("50.000000").get<double>() * 1e-3;
    cell.p99_us = percentile.at("99.000000").get<double>() * 1e-3;
    cell.p999_us = percentile.value("99.900000", cell.p99_us * 1e3) * 1e-3;
    cell.usr_percent = job.value("usr_cpu", 0.0);
    cell.sys_percent = job.value("sys_cpu", 0.0);
    check(cell, place);
    return {cell};
  } catch (const nlohmann::json::exception& e) {
    throw ConfigError(place, "--fio-json",
                      fmt::format("is not what fio 3 prints with --output-format=json: {}", e.what()));
  }
}

}  // namespace blkpath
