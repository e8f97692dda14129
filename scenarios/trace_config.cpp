#include "scenarios/trace_config.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <limits>
#include <stdexcept>

#include "scenarios/stage_specs.hpp"
#include "traces/format.hpp"

namespace blkpath {
namespace {

constexpr int kMostInFlight = 1 << 15;
constexpr const char* kGoodSection = "'trace: {file: web.csv, mode: open}'";

Pacing parse_mode(const std::string& text) {
  if (text == "open") return Pacing::open;
  if (text == "closed") return Pacing::closed;
  if (text == "dependent") return Pacing::dependent;
  throw std::invalid_argument(
      fmt::format("'{}' is none of open, closed, dependent, for example 'open'", text));
}
Remap parse_remap(const std::string& text) {
  if (text == "none") return Remap::none;
  if (text == "wrap") return Remap::wrap;
  if (text == "scale") return Remap::scale;
  throw std::invalid_argument(fmt::format("'{}' is none of none, wrap, scale, for example 'wrap'", text));
}
double parse_speed(const std::string& text) {
  const auto bad = [&](const char* why) {
    return std::invalid_argument(fmt::format("'{}' {}, for example '2x'", text, why));
  };
  if (!text.ends_with('x')) throw bad("needs an x");
  double speed = 0;
  try {
    speed = parse_real(text.substr(0, text.size() - 1));
  } catch (const std::invalid_argument&) {
    throw bad("is not a factor");
  }
  if (!(speed >= 1e-6 && speed <= 1e6)) throw bad("is not between 0.000001x and 1000000x");
  return speed;
}
std::string parse_engine(const std::string& text) {
  static constexpr std::array<std::string_view, 4> kEngines{"libaio", "posixaio", "io_uring", "psync"};
  if (std::find(kEngines.begin(), kEngines.end(), text) == kEngines.end())
    throw std::invalid_argument(
        fmt::format("'{}' is none of {}, for example 'libaio'", text, fmt::join(kEngines, ", ")));
  return text;
}

std::int64_t count_in(const Config& value, const std::string& key, const char* example, std::int64_t least,
                      std::int64_t most) {
  return parse_scalar(value, key, example, [&](const std::string& text) {
    const std::int64_t n = parse_count(text);
    if (n < least || n > most)
      throw std::invalid_argument(
          fmt::format("'{}' is not in {} to {}, for example '{}'", text, least, most, example));
    return n;
  });
}

struct TraceSection {
  ReplaySpec replay;
  std::string engine = "libaio";
  bool direct = true;
  int iodepth = 1;

  void read(const std::string& key, const Config& value);
};

void TraceSection::read(const std::string& key, const Config& value) {
  static const std::vector<std::string> known{"file",         "format",   "mode",   "speed", "iodepth",
                                              "max_inflight", "device",   "remap",  "span",  "offset",
                                              "limit",        "skip_bad", "direct", "engine"};
  constexpr std::int64_t kMany = std::numeric_limits<std::int64_t>::max();
  const std::string name = "trace." + key;
  if (key == "file") {
    const auto path =
        std::filesystem::path(value.place.file).parent_path() / parse_word(value, name, "web.csv");
    replay.files = {path.string()};
    replay.place = value.place;
  } else if (key == "format") {
    replay.format = parse_word(value, name, "msr");
    try {
      find_trace_format(replay.format, name);
    } catch (const ConfigError&) {
      std::vector<std::string> formats;
      for (const auto& format : trace_formats()) formats.push_back(format.first);
      throw ConfigError(value.place, name,
                        fmt::format("there is no trace format '{}'.{} The formats are {}.", replay.format,
                                    did_you_mean(replay.format, formats), fmt::join(formats, ", ")));
    }
  } else if (key == "mode") {
    replay.pacing = parse_scalar(value, name, "open", parse_mode);
  } else if (key == "speed") {
    replay.speed = parse_scalar(value, name, "2x", parse_speed);
  } else if (key == "iodepth") {
    iodepth = static_cast<int>(count_in(value, name, "32", 1, kMostInFlight));
  } else if (key == "max_inflight") {
    replay.max_in_flight = static_cast<int>(count_in(value, name, "512", 1, kMostInFlight));
  } else if (key == "device") {
    replay.device =
        static_cast<std::uint32_t>(count_in(value, name, "0", 0, std::numeric_limits<std::uint32_t>::max()));
  } else if (key == "remap") {
    replay.remap = parse_scalar(value, name, "wrap", parse_remap);
  } else if (key == "span") {
    replay.span = parse_scalar(value, name, "100GiB", parse_bytes);
    if (*replay.span == Bytes{0})
      throw ConfigError(value.place, name, "'0' is no span, for example '100GiB'");
  } else if (key == "offset") {
    replay.offset = parse_scalar(value, name, "1GiB", parse_bytes);
  } else if (key == "limit") {
    replay.limit = count_in(value, name, "100000", 1, kMany);
  } else if (key == "skip_bad") {
    replay.skip_bad = count_in(value, name, "10", 0, kMany);
  } else if (key == "direct") {
    direct = parse_scalar(value, name, "true", parse_bool);
  } else if (key == "engine") {
    engine = parse_scalar(value, name, "libaio", parse_engine);
  } else {
    throw ConfigError(value.place, name, "unknown key." + did_you_mean(key, known));
  }
}

/// What a trace decides by itself cannot be set in fio's words.
void check_overrides(const FioOverrides& overrides) {
  static constexpr std::array<std::string_view, 15> kGood{
      "runtime",          "timeout",         "ramp_time",    "startdelay",       "write_lat_log",
      "write_bw_log",     "write_iops_log",  "log_avg_msec", "clat_percentiles", "lat_percentiles",
      "slat_percentiles", "percentile_list", "kb_base",      "unit_base",        "name"};
  for (const auto& [option, value] : overrides)
    if (std::find(kGood.begin(), kGood.end(), option) == kGood.end())
      throw ConfigError(
          {}, "job." + option,
          "this scenario replays a trace and has no fio job; what can be set of a trace is trace.KEY, for "
          "example '--set trace.speed=2x'");
}

}  // namespace

FioJobs read_trace(const Config* trace, const std::string& file, const FioOverrides& overrides) {
  check_overrides(overrides);
  TraceSection section;
  if (trace) {
    if (trace->kind != Config::Kind::map)
      throw ConfigError(trace->place, "trace", fmt::format("needs keys, for example {}", kGoodSection));
    section.replay.place = trace->place;
    for (const auto& [key, value] : trace->entries) section.read(key, value);
  }
  ReplaySpec& replay = section.replay;
  if (!file.empty()) {
    replay.files = {file};
    replay.place = {};
  }
  if (replay.files.empty())
    throw ConfigError(replay.place, "trace.file",
                      fmt::format("which trace must be said, for example {}", kGoodSection));
  const std::string& path = replay.files.front();
  std::error_code ignored;
  if (path != "-" &&
      (!std::filesystem::exists(path, ignored) || std::filesystem::is_directory(path, ignored)))
    throw ConfigError(replay.place, file.empty() ? "trace.file" : "--trace",
                      fmt::format("there is no file '{}'", path));
  if (path == "-" && replay.remap == Remap::scale && !replay.span)
    throw ConfigError(
        replay.place, "trace.span",
        "standard input cannot be read twice; say how far the trace's offsets reach, for example '100GiB'");

  const std::string name = path == "-" ? "trace" : std::filesystem::path(path).filename().string();
  FioJobs jobs = parse_fio_args(
      {"--name=" + name, "--ioengine=" + section.engine, fmt::format("--direct={:d}", section.direct),
       fmt::format("--iodepth={}", section.iodepth)},
      overrides);
  jobs.jobs.front().replay = std::move(replay);
  return jobs;
}

}  // namespace blkpath
