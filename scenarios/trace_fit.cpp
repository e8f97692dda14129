#include "scenarios/trace_fit.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <map>

#include "hw/calibrated_params.hpp"
#include "scenarios/measured_trace.hpp"
#include "scenarios/part.hpp"
#include "scenarios/trace_caller.hpp"

namespace blkpath {
namespace {

constexpr std::array kServers{1, 2, 3, 4, 6, 8, 10, 12, 14, 16, 20, 24, 28, 32, 48, 64, 128, 256};
constexpr std::array kQuantiles{0.0, 0.01, 0.05, 0.1, 0.2,  0.3,  0.4,   0.5,
                                0.6, 0.7,  0.8,  0.9, 0.95, 0.99, 0.999, 1.0};
constexpr std::size_t kFewest = 20;  ///< of a kind that has a table of its own

/// Issues each request at its time.
class OpenCaller final : public TraceCaller<TimedRequest> {
 public:
  using TraceCaller::TraceCaller;
  void on_event(Slot) override {
    while (next_ < requests_.size() && Instant{requests_[next_].issued} <= sim().now()) {
      const TimedRequest& r = requests_[next_];
      const Slot s = sim().open(*this, r.op, r.offset, r.length, Request::kDirect);
      sim()[s].user = next_++;
      sim().down(s, below());
    }
    if (next_ < requests_.size()) sim().schedule(timer_, Instant{requests_[next_].issued});
  }
  void complete(Slot s) override {
    const TimedRequest& r = requests_[sim()[s].user];
    pairs_[sim()[s].user] = {r.op == Op::write, r.done - r.issued, sim().now() - Instant{r.issued}};
    sim().close(s);
  }

 private:
  std::size_t next_ = 0;
};

/// Service times if there are `servers`, by request, in ns.
std::vector<double> service_times(const std::vector<TimedRequest>& requests, int servers) {
  std::vector<Time> free(static_cast<std::size_t>(servers));  // a heap, the earliest on top
  std::vector<double> times;
  for (const TimedRequest& r : requests) {
    std::pop_heap(free.begin(), free.end(), std::greater<>{});
    const Time begin = std::max(r.issued, free.back());
    free.back() = std::max(begin, r.done);
    std::push_heap(free.begin(), free.end(), std::greater<>{});
    times.push_back(static_cast<double>(std::max(Time{0}, r.done - begin).count()));
  }
  return times;
}

double quantile(const std::vector<double>& sorted, double q) {
  return sorted[std::min(sorted.size() - 1,
                         static_cast<std::size_t>(q * static_cast<double>(sorted.size())))];
}

/// Nanoseconds for each KiB: slope of a line through the medians by size, never below 0.
double per_kib(const std::map<std::uint32_t, std::vector<double>>& by_size) {
  double n = 0, x = 0, y = 0, xx = 0, xy = 0;
  for (auto [length, times] : by_size) {
    if (times.size() < kFewest) continue;
    std::sort(times.begin(), times.end());
    const auto w = static_cast<double>(times.size());
    const double kib = length / 1024.0, median = quantile(times, 0.5);
    n += w, x += w * kib, y += w * median, xx += w * kib * kib, xy += w * kib * median;
  }
  const double spread = n * xx - x * x;
  return spread > 1e-9 * n * xx ? std::max(0.0, (n * xy - x * y) / spread) : 0;
}

ConfigValue scalar(std::string text, const Provenance& p) {
  ConfigValue v;
  v.text = std::move(text);
  v.provenance = p;
  return v;
}
std::string text_ns(double ns) { return format(Time{std::llround(ns)}); }

ConfigValue table(std::vector<double>& ns, const Provenance& p) {
  std::sort(ns.begin(), ns.end());
  ConfigValue all;
  all.is_list = true;
  all.provenance = p;
  for (const double q : kQuantiles) {
    ConfigValue row;
    row.is_list = true;
    row.items = {ConfigValue{fmt::format("{}", q), {}, false, {}, {}},
                 ConfigValue{text_ns(quantile(ns, q)), {}, false, {}, {}}};
    all.items.push_back(std::move(row));
  }
  return all;
}

/// Tables of reads and writes, with what each KiB adds taken off.
void add_tables(ConfigMap& params, const std::vector<TimedRequest>& requests,
                const std::vector<double>& times, const Provenance& p) {
  for (const Op op : {Op::read, Op::write}) {
    const std::string name = op == Op::write ? "write" : "read";
    std::map<std::uint32_t, std::vector<double>> by_size;
    for (std::size_t i = 0; i < times.size(); ++i)
      if (requests[i].op == op) by_size[requests[i].length].push_back(times[i]);
    if (by_size.empty()) continue;
    const double slope = per_kib(by_size);
    std::array<std::vector<double>, 2> kinds;  // random, sequential
    std::int64_t end = -1;
    for (std::size_t i = 0; i < times.size(); ++i) {
      const TimedRequest& r = requests[i];
      if (r.op != op) continue;
      kinds[r.offset == end].push_back(std::max(0.0, times[i] - slope * r.length / 1024.0));
      end = r.offset + r.length;
    }
    if (kinds[0].size() < kFewest || kinds[1].size() < kFewest) {  // one kind, whichever it is
      kinds[0].insert(kinds[0].end(), kinds[1].begin(), kinds[1].end());
      kinds[1].clear();
    }
    params.entries.emplace_back(name, table(kinds[0], p));
    if (!kinds[1].empty()) params.entries.emplace_back(name + "_sequential", table(kinds[1], p));
    params.entries.emplace_back(name + "_per_kib", scalar(text_ns(slope), p));
  }
}

}  // namespace

std::vector<TimedRequest> read_timed(const std::string& path) {
  std::vector<TimedRequest> requests;
  for_each_measured(path, [&](const IoRecord& r) {
    requests.push_back({r.op, r.offset, r.length, r.issued, r.end()});
  });
  std::stable_sort(requests.begin(), requests.end(),
                   [](const TimedRequest& a, const TimedRequest& b) { return a.issued < b.issued; });
  const Time first = requests.front().issued;
  for (TimedRequest& r : requests) r.issued -= first, r.done -= first;
  return requests;
}

std::vector<LatencyPair> replay_timed(const ConfigMap& params, const std::vector<TimedRequest>& requests,
                                      std::uint64_t seed) {
  std::vector<LatencyPair> pairs(requests.size());
  run_trace<OpenCaller>("calibrated", params, "params", requests, seed, pairs);
  return pairs;
}

TraceFit fit_trace(const std::vector<TimedRequest>& requests, const ConfigMap& given, std::uint64_t seed,
                   const std::string& on, const std::function<bool()>& go_on) {
  const Provenance p = fitted(on);
  std::int64_t end = 0;
  for (const TimedRequest& r : requests) end = std::max(end, r.offset + r.length);
  TraceFit best;
  best.demerit_pct = HUGE_VAL;
  CalibratedParams known;
  read_params(known, given, "params");
  const bool given_servers = std::any_of(given.entries.begin(), given.entries.end(),
                                         [](const auto& entry) { return entry.first == "servers"; });
  for (const int servers :
       given_servers ? std::vector{known.servers} : std::vector<int>(kServers.begin(), kServers.end())) {
    if (best.servers > 0 && !go_on()) break;
    ConfigMap params;
    params.entries = {
        {"servers", scalar(std::to_string(servers), p)},
        {"tags", scalar("4096", assumed("a trace does not show them"))},
        {"link_rate", scalar("1000GB/s", assumed("its time is part of the service time"))},
        {"command_cost", scalar("0s", assumed("part of the service time"))},
        {"capacity", scalar(format(std::max(CalibratedParams{}.capacity, Bytes{end})), configured())}};
    add_tables(params, requests, service_times(requests, servers), p);
    params = with(params, given);
    const double demerit = latency_distance(replay_timed(params, requests, seed), Which::all).demerit_pct();
    if (demerit < best.demerit_pct) best = {params, servers, demerit};
  }
  return best;
}

}  // namespace blkpath
