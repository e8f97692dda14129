#include "scenarios/fio_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <span>
#include <string_view>
#include <system_error>

namespace blkpath {
namespace {

constexpr std::array<const char*, kDirs> kDirNames{"read", "write", "trim"};
constexpr std::array<const char*, kDirs> kGroupNames{"   READ", "  WRITE", "   TRIM"};
constexpr std::array<const char*, 4> kEngines{"libaio", "posixaio", "io_uring", "psync"};
constexpr std::array<const char*, 12> kLatBounds{"2",   "4",   "10",  "20",   "50",   "100",
                                                 "250", "500", "750", "1000", "2000", ">=2000"};

template <class... A>
void put(std::string& out, fmt::format_string<A...> format, A&&... args) {
  fmt::format_to(std::back_inserter(out), format, std::forward<A>(args)...);
}

std::uint64_t nanos(Time t) { return static_cast<std::uint64_t>(t.count()); }

std::string rw_name(const JobSpec& spec) {
  const auto [read, write, trim] = spec.does;
  std::string name = spec.random ? "rand" : "";
  if (read && write) return name + "rw";
  if (trim && write) return spec.random ? "randtrimwrite" : "trimwrite";
  return name + (read ? "read" : write ? "write" : "trim");
}

std::string bytes(std::int64_t n, bool binary) {
  return fio_number(static_cast<std::uint64_t>(n), 4, binary, "B");
}

/// A rate in bytes, or in bits where the job's unit_base asks for them.
std::string rate(std::int64_t bytes_per_second, bool binary, const JobSpec& spec) {
  const auto n = static_cast<std::uint64_t>(bytes_per_second);
  return spec.unit_base == 1 ? fio_number(n * 8, 4, binary, "bit/s") : fio_number(n, 4, binary, "B/s");
}

std::string bs_range(const BlockSizes& bs, bool binary) {
  Bytes low = bs.min, high = bs.max;
  if (!bs.split.empty()) {
    const auto by_size = [](const BlockSizeShare& a, const BlockSizeShare& b) { return a.size < b.size; };
    const auto [first, last] = std::minmax_element(bs.split.begin(), bs.split.end(), by_size);
    low = first->size;
    high = last->size;
  }
  return bytes(low.n, binary) + "-" + bytes(high.n, binary);
}

void put_header(std::string& out, const FioReport& report) {
  for (std::size_t i = 0; i < report.specs.size(); ++i) {
    const JobSpec& spec = report.specs[i];
    const bool binary = spec.kb_base == 1024;
    put(out, "{}: (g={}): rw={}, bs=(R) {}, (W) {}, (T) {}, ioengine={}, iodepth={}\n", spec.name, spec.group,
        rw_name(spec), bs_range(spec.bs[0], binary), bs_range(spec.bs[1], binary),
        bs_range(spec.bs[2], binary), kEngines[static_cast<std::size_t>(spec.engine)], spec.iodepth);
    if (spec.numjobs < 2) continue;
    put(out, "...\n");
    const auto clones = static_cast<std::size_t>(spec.numjobs);
    for (std::size_t n = 1; n < clones && i + 1 < report.specs.size(); ++n, ++i)
      if (report.specs[i + 1].name != spec.name) break;
  }
  put(out, "blkpath-{}\nStarting {} process{}\n\n", report.version, report.jobs.size(),
      report.jobs.size() == 1 ? "" : "es");
}

/// fio's choice of nsec, usec or msec: the larger unit when no value loses its meaning by it.
struct LatUnit {
  const char* name;
  std::uint64_t ns;
};
constexpr LatUnit kNsec{"nsec", 1}, kUsec{"usec", 1000}, kMsec{"msec", 1'000'000};

LatUnit lat_unit(std::uint64_t min, std::uint64_t max, double stddev) {
  if (min > 2'000'000 && max > 99'999'999 && stddev > 1'000'000.0) return kMsec;
  if (min > 2000 && max > 99'999 && stddev > 1000.0) return kUsec;
  return kNsec;
}

/// One `slat (usec): min=...` line, `name` padded as fio pads it.
void put_lat(std::string& out, std::string_view name, const LatencyStat& lat) {
  if (lat.count() == 0) return;
  const std::uint64_t min = nanos(lat.min()), max = nanos(lat.max());
  const LatUnit unit = lat_unit(min, max, lat.stddev_ns());
  const double scale = static_cast<double>(unit.ns);
  put(out, "    {} ({}): min={}, max={}, avg={:5.2f}, stdev={:5.2f}\n", name, unit.name,
      fio_number(min / unit.ns, 6, false, ""), fio_number(max / unit.ns, 6, false, ""), lat.mean_ns() / scale,
      lat.stddev_ns() / scale);
}

/// Decimals that the longest of `list` needs.
int decimals_of(const std::vector<double>& list) {
  int most = 0;
  for (const double p : list) {
    const std::string text = fmt::format("{}", p);
    const std::size_t point = text.find('.');
    if (point != std::string::npos && text.substr(point) != ".0")
      most = std::max(most, static_cast<int>(text.size() - point - 1));
  }
  return most;
}

void put_percentiles(std::string& out, std::string_view name, const LatencyStat& lat, const JobSpec& spec) {
  if (lat.count() == 0 || spec.percentiles.empty()) return;
  const std::vector<double> list = percentile_list(spec);
  std::vector<std::uint64_t> values;
  for (const double p : list) values.push_back(nanos(lat.percentile(p)));
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  LatUnit unit = kNsec;
  if (*low > 2'000'000 && *high > 99'999'999)
    unit = kMsec;
  else if (*low > 2000 && *high > 99'999)
    unit = kUsec;
  for (std::uint64_t& v : values) v = (v + unit.ns - 1) / unit.ns;  // rounded up, as fio does
  const int decimals = decimals_of(list), percent_width = decimals + 3;
  const int width = std::max(5, static_cast<int>(fmt::formatted_size("{}", *high)));
  const auto per_line = static_cast<std::size_t>((80 - 7) / (percent_width + width + 7));
  put(out, "    {} percentiles ({}):\n", name, unit.name);
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (i % per_line == 0) put(out, "     | ");
    put(out, "{:{}.{}f}th=[{:{}}]", list[i], percent_width, decimals, values[i], width);
    const bool last = i + 1 == list.size();
    put(out, "{}", last ? "\n" : (i + 1) % per_line == 0 ? ",\n" : ", ");
  }
}

void put_samples(std::string& out, const DirStats& dir, const FioGroupDir& group, const JobSpec& spec) {
  if (const Moments& bw = dir.bw_kib; bw.count() > 0) {
    const double base = spec.kb_base;
    const bool mega = bw.mean() > base * base;
    const double scale = mega ? base : 1;
    put(out, "   bw ({:>5}/s): min={:5}, max={:5}, per={:3.2f}%, avg={:5.2f}, stdev={:5.2f}, samples={}\n",
        mega                   ? "MiB"
        : spec.kb_base == 1000 ? "kB"
                               : "KiB",
        static_cast<std::int64_t>(bw.min() / scale), static_cast<std::int64_t>(bw.max() / scale),
        percent_of_group(dir, group), bw.mean() / scale, bw.stddev() / scale, bw.count());
  }
  if (const Moments& iops = dir.iops; iops.count() > 0)
    put(out, "   iops        : min={:5}, max={:5}, avg={:5.2f}, stdev={:5.2f}, samples={}\n",
        static_cast<std::int64_t>(iops.min()), static_cast<std::int64_t>(iops.max()), iops.mean(),
        iops.stddev(), iops.count());
}

void put_dir(std::string& out, std::size_t d, const FioEntry& entry, const FioGroupDir& group) {
  const DirStats& dir = entry.stats.dir[d];
  const JobSpec& spec = *entry.spec;
  const std::int64_t ms = runtime_ms(dir), bw = bytes_per_second(dir);
  if (ms == 0) return;
  const bool binary = spec.kb_base == 1024;
  put(out, "  {}: IOPS={}, BW={} ({})({}/{}msec){}\n", kDirNames[d],
      fio_number(static_cast<std::uint64_t>(ios_per_second(dir)), 4, false, ""), rate(bw, binary, spec),
      rate(bw, !binary, spec), bytes(dir.bytes.n, binary), ms, d == 1 ? "; 0 zone resets" : "");
  put_lat(out, "slat", dir.slat);
  put_lat(out, "clat", dir.clat);
  put_lat(out, " lat", dir.lat);
  if (spec.slat_percentiles) put_percentiles(out, "slat", dir.slat, spec);
  if (spec.clat_percentiles) put_percentiles(out, "clat", dir.clat, spec);
  if (spec.lat_percentiles) put_percentiles(out, "lat", dir.lat, spec);
  put_samples(out, dir, group, spec);
}

template <std::size_t N>
void put_lat_classes(std::string& out, std::string_view unit, const std::array<std::int64_t, N>& counts,
                     std::int64_t total) {
  const auto percent = shares(counts, total, kLatencyFloor);
  std::size_t shown = 0;
  for (std::size_t i = 0; i < N; ++i) {
    if (percent[i] <= 0) continue;
    if (shown % 5 == 0)
      put(out, "{}  lat ({})   : ", shown ? "\n" : "", unit);
    else
      put(out, ", ");
    put(out, "{}={:3.2f}%", kLatBounds[i], percent[i]);
    ++shown;
  }
  if (shown) put(out, "\n");
}

void put_shares(std::string& out, const char* title, std::span<const char* const> classes,
                const std::array<std::int64_t, JobStats::kDepthClasses>& counts, std::int64_t total) {
  const auto percent = shares(counts, total, kDepthFloor);
  put(out, "{}", title);
  for (std::size_t i = 0; i < classes.size(); ++i)
    put(out, "{}{}={:3.1f}%", i ? ", " : "", classes[i], percent[i]);
  put(out, "\n");
}

void put_job(std::string& out, const FioEntry& entry, const PerDir<FioGroupDir>& group) {
  static constexpr std::array<const char*, 7> kDepths{"1", "2", "4", "8", "16", "32", ">=64"};
  static constexpr std::array<const char*, 7> kBatches{"0", "4", "8", "16", "32", "64", ">=64"};
  const JobStats& stats = entry.stats;
  put(out, "{}: (groupid={}, jobs={}): err={:2}", entry.name, stats.group, stats.jobs, stats.error);
  if (stats.error)
    put(out, " (file:blkpath:0, func=io_u error, error={})", std::generic_category().message(stats.error));
  put(out, ": pid=0: {}\n", kFioReportTime);
  for (std::size_t d = 0; d < kDirs; ++d) put_dir(out, d, entry, group[d]);
  const std::int64_t total = total_ios(stats);
  put_lat_classes(out, "nsec", stats.lat_ns, total);
  put_lat_classes(out, "usec", stats.lat_us, total);
  put_lat_classes(out, "msec", stats.lat_ms, total);
  if (stats.sync_lat.count() > 0) {
    put(out, "  fsync/fdatasync/sync_file_range:\n");
    put_lat(out, "sync", stats.sync_lat);
    put_percentiles(out, "sync", stats.sync_lat, *entry.spec);
  }
  put(out, "  cpu          : usr={:3.2f}%, sys={:3.2f}%, ctx={}, majf=0, minf=0\n",
      cpu_percent(stats.usr_cpu, stats), cpu_percent(stats.sys_cpu, stats), stats.context_switches);
  put_shares(out, "  IO depths    : ", kDepths, stats.depth, total);
  put_shares(out, "     submit    : ", kBatches, stats.submit, stats.submit_calls);
  put_shares(out, "     complete  : ", kBatches, stats.complete, stats.complete_calls);
  const auto& [r, w, t] = stats.dir;
  put(out, "     issued rwts: total={},{},{},{} short={},{},{},0 dropped={},{},{},0\n", r.ios, w.ios, t.ios,
      stats.total_syncs, r.short_ios, w.short_ios, t.short_ios, r.drop_ios, w.drop_ios, t.drop_ios);
  put(out, "     latency   : target=0, window=0, percentile=100.00%, depth={}\n", entry.spec->iodepth);
}

void put_group(std::string& out, int number, const PerDir<FioGroupDir>& group, const JobSpec& spec) {
  const bool binary = spec.kb_base == 1024;
  put(out, "\nRun status group {} (all jobs):\n", number);
  for (std::size_t d = 0; d < kDirs; ++d) {
    const FioGroupDir& g = group[d];
    if (g.max_ms == 0) continue;
    put(out, "{}: bw={} ({}), {}-{} ({}-{}), io={} ({}), run={}-{}msec\n", kGroupNames[d],
        rate(g.rate(), binary, spec), rate(g.rate(), !binary, spec), rate(g.min_rate, binary, spec),
        rate(g.max_rate, binary, spec), rate(g.min_rate, !binary, spec), rate(g.max_rate, !binary, spec),
        bytes(g.bytes, binary), bytes(g.bytes, !binary), g.min_ms, g.max_ms);
  }
}

}  // namespace

std::string fio_normal(const FioReport& report) {
  const std::vector<FioEntry> entries = fio_entries(report);
  const FioGroups groups = fio_groups(entries);
  std::string out;
  put_header(out, report);
  for (const FioEntry& entry : entries) put_job(out, entry, groups.at(entry.stats.group));
  for (const auto& [number, group] : groups) {
    const auto of_group = [n = number](const FioEntry& e) { return e.stats.group == n; };
    put_group(out, number, group, *std::find_if(entries.begin(), entries.end(), of_group)->spec);
  }
  return out;
}

}  // namespace blkpath
