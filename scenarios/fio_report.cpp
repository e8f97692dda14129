#include "scenarios/fio_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace blkpath {

std::vector<FioEntry> fio_entries(const FioReport& report) {
  if (report.specs.size() != report.jobs.size())
    throw std::invalid_argument(
        fmt::format("fio report: {} specs for {} jobs", report.specs.size(), report.jobs.size()));
  std::vector<FioEntry> entries;
  for (std::size_t i = 0; i < report.jobs.size(); ++i) {
    const JobSpec& spec = report.specs[i];
    const JobStats& stats = report.jobs[i];
    if (!entries.empty() && spec.group_reporting && entries.back().stats.group == stats.group) {
      entries.back().spec = &spec;
      entries.back().stats.merge(stats);
    } else {
      // An empty one is filled by merge, which leaves the logs behind: they can be large.
      FioEntry entry{stats.name, &spec, {}};
      entry.stats.name = stats.name;
      entry.stats.group = stats.group;
      entry.stats.jobs = 0;
      entry.stats.merge(stats);
      entries.push_back(std::move(entry));
    }
  }
  return entries;
}

std::int64_t runtime_ms(const DirStats& dir) {
  if (dir.bytes == Bytes{0}) return 0;
  return std::max<std::int64_t>(1, (dir.runtime / 1us + 999) / 1000);
}

std::int64_t bytes_per_second(const DirStats& dir) {
  const std::int64_t ms = runtime_ms(dir);
  return ms ? dir.bytes.n * 1000 / ms : 0;
}

double ios_per_second(const DirStats& dir) {
  const std::int64_t ms = runtime_ms(dir);
  return ms ? 1000.0 * static_cast<double>(dir.ios) / static_cast<double>(ms) : 0;
}

std::int64_t FioGroupDir::rate() const { return max_ms ? bytes * 1000 / max_ms : 0; }

FioGroups fio_groups(const std::vector<FioEntry>& entries) {
  FioGroups groups;
  for (const FioEntry& entry : entries) {
    PerDir<FioGroupDir>& group = groups[entry.stats.group];
    for (std::size_t d = 0; d < kDirs; ++d) {
      const DirStats& dir = entry.stats.dir[d];
      const std::int64_t ms = runtime_ms(dir), rate = bytes_per_second(dir);
      if (ms == 0) continue;
      FioGroupDir& to = group[d];
      to.min_ms = to.max_ms ? std::min(to.min_ms, ms) : ms;
      to.min_rate = to.max_ms ? std::min(to.min_rate, rate) : rate;
      to.max_ms = std::max(to.max_ms, ms);
      to.max_rate = std::max(to.max_rate, rate);
      to.bytes += dir.bytes.n;
    }
  }
  return groups;
}

double percent_of_group(const DirStats& dir, const FioGroupDir& group) {
  if (dir.bw_kib.count() == 0 || group.rate() == 0) return 0;
  const double mean = std::trunc(dir.bw_kib.mean());  // fio takes the mean as an integer here
  return std::min(100.0, mean * 100.0 / (static_cast<double>(group.rate()) / 1024.0));
}

std::int64_t total_ios(const JobStats& stats) {
  std::int64_t n = 0;
  for (const DirStats& dir : stats.dir) n += dir.ios;
  return n;
}

double cpu_percent(Time cpu, const JobStats& stats) {
  const std::int64_t run_ms = stats.job_runtime / 1ms;
  return run_ms ? 100.0 * static_cast<double>(cpu / 1ms) / static_cast<double>(run_ms) : 0;
}

std::vector<double> percentile_list(const JobSpec& spec) {
  std::vector<double> list = spec.percentiles;
  std::sort(list.begin(), list.end());
  return list;
}

std::string fio_number(std::uint64_t value, int max_chars, bool binary, const char* unit) {
  static constexpr std::array<const char*, 7> kBinary{"", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"};
  static constexpr std::array<const char*, 7> kDecimal{"", "k", "M", "G", "T", "P", "E"};
  const std::uint64_t step = binary ? 1024 : 1000;
  const auto digits = [](std::uint64_t v) { return static_cast<int>(fmt::formatted_size("{}", v)); };
  std::size_t prefix = 0;
  std::uint64_t rest = 0;
  while (digits(value) > max_chars && prefix + 1 < kBinary.size()) {
    rest = value % step;
    value /= step;
    ++prefix;
  }
  const char* name = binary ? kBinary[prefix] : kDecimal[prefix];
  const int decimals = max_chars - digits(value) - 1;
  if (prefix == 0 || decimals <= 0)
    return fmt::format("{}{}{}", value + (2 * rest >= step && prefix > 0), name, unit);
  // The fraction is rounded on its own: 10239 gives "10.00Ki", one digit wider than 10240.
  const std::string fraction =
      fmt::format("{:.{}f}", static_cast<double>(rest) / static_cast<double>(step), decimals);
  return fmt::format("{}{}{}{}", value + (fraction[0] == '1'), fraction.substr(1), name, unit);
}

}  // namespace blkpath
