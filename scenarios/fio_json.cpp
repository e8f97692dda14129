#include "scenarios/fio_json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace blkpath {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array<const char*, kDirs> kDirNames{"read", "write", "trim"};

Json options_json(const std::vector<std::pair<std::string, std::string>>& options) {
  Json out = Json::object();
  for (const auto& [key, value] : options) out[key] = value;
  return out;
}

/// {min, max, mean, stddev, N} and, when `percentiles` asks for them and there are samples, their
/// distribution.
Json latency_json(const LatencyStat& lat, const JobSpec& spec, bool percentiles, bool plus) {
  Json out;
  out["min"] = lat.min().count();
  out["max"] = lat.max().count();
  out["mean"] = lat.mean_ns();
  out["stddev"] = lat.stddev_ns();
  out["N"] = lat.count();
  if (!percentiles || lat.count() == 0) return out;
  Json& list = out["percentile"] = Json::object();
  for (const double p : percentile_list(spec)) list[fmt::format("{:f}", p)] = lat.percentile(p).count();
  if (!plus) return out;
  Json& bins = out["bins"] = Json::object();
  const auto& buckets = lat.buckets();
  for (std::size_t i = 0; i < buckets.size(); ++i)
    if (buckets[i] > 0) bins[std::to_string(LatencyStat::bucket_value(i))] = buckets[i];
  return out;
}

Json dir_json(const DirStats& dir, const FioGroupDir& group, const JobSpec& spec, bool plus) {
  Json out;
  out["io_bytes"] = dir.bytes.n;
  out["io_kbytes"] = dir.bytes.n >> 10;
  out["bw_bytes"] = bytes_per_second(dir);
  out["bw"] = bytes_per_second(dir) / 1024;
  out["iops"] = ios_per_second(dir);
  out["runtime"] = runtime_ms(dir);
  out["total_ios"] = dir.ios;
  out["short_ios"] = dir.short_ios;
  out["drop_ios"] = dir.drop_ios;
  out["slat_ns"] = latency_json(dir.slat, spec, spec.slat_percentiles, plus);
  out["clat_ns"] = latency_json(dir.clat, spec, spec.clat_percentiles, plus);
  out["lat_ns"] = latency_json(dir.lat, spec, spec.lat_percentiles, plus);
  out["bw_min"] = static_cast<std::int64_t>(dir.bw_kib.min());
  out["bw_max"] = static_cast<std::int64_t>(dir.bw_kib.max());
  out["bw_agg"] = percent_of_group(dir, group);
  out["bw_mean"] = dir.bw_kib.mean();
  out["bw_dev"] = dir.bw_kib.stddev();
  out["bw_samples"] = dir.bw_kib.count();
  out["iops_min"] = static_cast<std::int64_t>(dir.iops.min());
  out["iops_max"] = static_cast<std::int64_t>(dir.iops.max());
  out["iops_mean"] = dir.iops.mean();
  out["iops_stddev"] = dir.iops.stddev();
  out["iops_samples"] = dir.iops.count();
  return out;
}

template <std::size_t N>
Json shares_json(const std::array<const char*, N>& classes, const std::array<double, N>& percent) {
  Json out;
  for (std::size_t i = 0; i < N; ++i) out[classes[i]] = percent[i];
  return out;
}

void add_distributions(Json& out, const JobStats& stats) {
  static constexpr std::array<const char*, 7> kDepths{"1", "2", "4", "8", "16", "32", ">=64"};
  static constexpr std::array<const char*, 7> kBatches{"0", "4", "8", "16", "32", "64", ">=64"};
  static constexpr std::array<const char*, 10> kBounds{"2",   "4",   "10",  "20",  "50",
                                                       "100", "250", "500", "750", "1000"};
  static constexpr std::array<const char*, 12> kMsBounds{"2",   "4",   "10",  "20",   "50",   "100",
                                                         "250", "500", "750", "1000", "2000", ">=2000"};
  const std::int64_t total = total_ios(stats);
  out["iodepth_level"] = shares_json(kDepths, shares(stats.depth, total, kDepthFloor));
  out["iodepth_submit"] = shares_json(kBatches, shares(stats.submit, stats.submit_calls, kDepthFloor));
  out["iodepth_complete"] = shares_json(kBatches, shares(stats.complete, stats.complete_calls, kDepthFloor));
  out["latency_ns"] = shares_json(kBounds, shares(stats.lat_ns, total, kLatencyFloor));
  out["latency_us"] = shares_json(kBounds, shares(stats.lat_us, total, kLatencyFloor));
  out["latency_ms"] = shares_json(kMsBounds, shares(stats.lat_ms, total, kLatencyFloor));
}

Json job_json(const FioEntry& entry, const PerDir<FioGroupDir>& group, std::int64_t elapsed_s, bool plus) {
  const JobStats& stats = entry.stats;
  const JobSpec& spec = *entry.spec;
  Json out;
  out["jobname"] = entry.name;
  out["groupid"] = stats.group;
  out["error"] = stats.error;
  out["eta"] = 0;
  out["elapsed"] = elapsed_s;
  out["job options"] = options_json(spec.options);
  for (std::size_t d = 0; d < kDirs; ++d) out[kDirNames[d]] = dir_json(stats.dir[d], group[d], spec, plus);
  out["sync"]["total_ios"] = stats.total_syncs;
  out["sync"]["lat_ns"] =
      latency_json(stats.sync_lat, spec, spec.clat_percentiles || spec.lat_percentiles, plus);
  out["job_runtime"] = stats.job_runtime / 1ms;
  out["usr_cpu"] = cpu_percent(stats.usr_cpu, stats);
  out["sys_cpu"] = cpu_percent(stats.sys_cpu, stats);
  out["ctx"] = stats.context_switches;
  out["majf"] = 0;
  out["minf"] = 0;
  add_distributions(out, stats);
  out["latency_depth"] = spec.iodepth;
  out["latency_target"] = 0;
  out["latency_percentile"] = 100.0;
  out["latency_window"] = 0;
  return out;
}

void print(std::string& out, const Json& value, std::size_t indent) {
  const auto list = [&](char open, char close, auto&& print_member) {
    out += open;
    bool first = true;
    for (const auto& [key, member] : value.items()) {
      out += first ? "\n" : ",\n";
      first = false;
      out.append(indent + 2, ' ');
      print_member(key, member);
    }
    out += '\n';
    out.append(indent, ' ');
    out += close;
  };
  if (value.is_object()) {
    list('{', '}', [&](const std::string& key, const Json& member) {
      out += Json(key).dump(-1, ' ', false, Json::error_handler_t::replace) + " : ";
      print(out, member, indent + 2);
    });
  } else if (value.is_array()) {
    list('[', ']', [&](const std::string&, const Json& member) { print(out, member, indent + 2); });
  } else if (value.is_number_float()) {
    out += fmt::format("{:f}", value.get<double>());
  } else {
    out += value.dump(-1, ' ', false, Json::error_handler_t::replace);
  }
}

}  // namespace

Json fio_json(const FioReport& report, bool plus) {
  const std::vector<FioEntry> entries = fio_entries(report);
  const FioGroups groups = fio_groups(entries);
  // fio's elapsed is the whole run's, in seconds rounded up.
  Time longest{0};
  for (const JobStats& job : report.jobs) longest = std::max(longest, job.job_runtime);
  const std::int64_t elapsed_s = std::max<std::int64_t>(1, (longest + 1s - 1ns) / 1s);
  Json out;
  out["fio version"] = "blkpath-" + report.version;
  out["timestamp"] = 0;
  out["timestamp_ms"] = 0;
  out["time"] = kFioReportTime;
  if (!report.global_options.empty()) out["global options"] = options_json(report.global_options);
  Json& jobs = out["jobs"] = Json::array();
  for (const FioEntry& entry : entries)
    jobs.push_back(job_json(entry, groups.at(entry.stats.group), elapsed_s, plus));
  out["disk_util"] = Json::array();
  return out;
}

std::string fio_json_text(const Json& document) {
  std::string out;
  print(out, document, 0);
  out += '\n';
  return out;
}

}  // namespace blkpath
