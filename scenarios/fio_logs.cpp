#include "scenarios/fio_logs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <iterator>
#include <memory>
#include <stdexcept>
#include <string_view>
#include <system_error>

namespace blkpath {
namespace {

using Samples = std::vector<LogSample>;
using Folder = std::filesystem::path;

std::int64_t millis(Instant t) { return t.time_since_epoch() / 1ms; }
Instant at_millis(std::int64_t ms) { return Instant{ms * 1ms}; }

std::int64_t window_ms(Time window) {
  if (window < 1ms) throw std::invalid_argument("fio log: log_avg_msec below 1 ms");
  return window / 1ms;
}

void write_file(const Folder& path, const std::string& text) {
  const auto fail = [&] { throw std::system_error(errno, std::generic_category(), path.string()); };
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "w"), &std::fclose);
  if (!file) fail();
  if (std::fwrite(text.data(), 1, text.size(), file.get()) != text.size()) fail();
  if (std::fflush(file.get()) != 0) fail();
}

/// Whether the job, or the file's global section for it, sets a switch.
bool switched_on(const FioReport& report, const JobSpec& spec, std::string_view option) {
  for (const auto* options : {&spec.options, &report.global_options})
    for (const auto& [key, value] : *options)
      if (key == option) return value != "0";
  return false;
}

}  // namespace

std::string fio_log(const Samples& samples, bool offsets) {
  std::string out;
  for (const LogSample& s : samples) {
    fmt::format_to(std::back_inserter(out), "{}, {}, {}, {}", millis(s.time), s.value,
                   static_cast<int>(s.dir), s.block_size.n);
    if (offsets) fmt::format_to(std::back_inserter(out), ", {}", s.offset.n);
    out += ", 0\n";
  }
  return out;
}

Samples fio_mean_log(const Samples& samples, Time window, Instant end) {
  const std::int64_t width = window_ms(window);
  Samples out;
  PerDir<Moments> open;
  PerDir<std::int64_t> since{};
  const auto flush = [&](std::size_t d, std::int64_t now) {
    const auto mean = static_cast<std::int64_t>(open[d].mean() + 0.5);
    out.push_back({at_millis(now), mean, static_cast<Dir>(d), Bytes{0}, Bytes{0}});
    open[d] = Moments{};
    since[d] = now - now % width;
  };
  for (const LogSample& s : samples) {
    if (s.block_size == Bytes{0}) {
      out.push_back(s);
      continue;
    }
    const auto d = static_cast<std::size_t>(s.dir);
    open[d].add(static_cast<double>(s.value));
    if (const std::int64_t now = millis(s.time); now - since[d] >= width) flush(d, now);
  }
  const Instant last = samples.empty() ? end : std::max(end, samples.back().time);
  for (std::size_t d = 0; d < kDirs; ++d)
    if (open[d].count() > 0) flush(d, millis(last));
  return out;
}

Samples fio_rate_log(const Samples& samples, Time window, Instant end, FioRate rate) {
  const std::int64_t width = window_ms(window);
  Samples out;
  PerDir<std::int64_t> done{};  // bytes or I/Os in the open window
  std::int64_t close = width;
  const auto flush_until = [&](std::int64_t now) {
    for (bool open = true; open && close <= now;) {
      open = false;
      for (std::size_t d = 0; d < kDirs; ++d) {
        if (done[d] == 0) continue;
        const std::int64_t per_second = done[d] * 1000 / width;
        const std::int64_t value = rate == FioRate::iops ? per_second : per_second / 1024;
        out.push_back({at_millis(close), value, static_cast<Dir>(d), Bytes{0}, Bytes{0}});
        done[d] = 0;
        open = true;
      }
      close = open ? close + width : now - now % width + width;  // skip the empty windows at once
    }
  };
  for (const LogSample& s : samples) {
    if (s.block_size == Bytes{0}) {
      out.push_back(s);
      continue;
    }
    flush_until(millis(s.time));
    done[static_cast<std::size_t>(s.dir)] += rate == FioRate::iops ? 1 : s.block_size.n;
  }
  flush_until(millis(end));
  return out;
}

std::vector<Folder> write_fio_logs(const FioReport& report, const Folder& folder) {
  if (report.specs.size() != report.jobs.size())
    throw std::invalid_argument("fio logs: not one spec for each job");
  std::vector<Folder> written;
  for (std::size_t i = 0; i < report.jobs.size(); ++i) {
    const JobSpec& spec = report.specs[i];
    const JobStats& job = report.jobs[i];
    const bool offsets = switched_on(report, spec, "log_offset"), averaged = spec.log_avg >= 1ms;
    const Instant end{job.job_runtime};
    const auto write = [&](const std::string& prefix, const char* kind, const Samples& samples) {
      written.push_back(folder / fmt::format("{}_{}.{}.log", prefix, kind, i + 1));
      write_file(written.back(), fio_log(samples, offsets));
    };
    const auto latency = [&](const char* kind, const Samples& raw) {
      write(spec.write_lat_log, kind, averaged ? fio_mean_log(raw, spec.log_avg, end) : raw);
    };
    if (!spec.write_lat_log.empty()) {
      latency("slat", job.slat_log);
      latency("clat", job.clat_log);
      latency("lat", job.lat_log);
    }
    const auto rates = [&](const std::string& prefix, const char* kind, const Samples& raw, FioRate rate) {
      if (!prefix.empty()) write(prefix, kind, averaged ? fio_rate_log(raw, spec.log_avg, end, rate) : raw);
    };
    rates(spec.write_bw_log, "bw", job.bw_log, FioRate::bandwidth);
    rates(spec.write_iops_log, "iops", job.iops_log, FioRate::iops);
  }
  return written;
}

}  // namespace blkpath
