#include "scenarios/device_replay.hpp"

#include <fmt/format.h>

#include <array>

#include "scenarios/trace_caller.hpp"
#include "traces/format.hpp"

namespace blkpath {
namespace {

/// One caller who waits for each request and then thinks.
class OneCaller final : public TraceCaller<MeasuredRequest> {
 public:
  using TraceCaller::TraceCaller;
  void on_event(Slot) override {
    const MeasuredRequest& r = requests_[pairs_.size()];
    issued_ = sim().now();
    sim().down(sim().open(*this, r.op, r.offset, r.length, Request::kDirect), below());
  }
  void complete(Slot s) override {
    const MeasuredRequest& r = requests_[pairs_.size()];
    if (sim()[s].error != 0)
      throw std::runtime_error(fmt::format("the device refused request {} of the trace", pairs_.size() + 1));
    sim().settle(s);
    sim().close(s);
    pairs_.push_back({r.op == Op::write, r.latency, sim().now() - issued_});
    if (pairs_.size() < requests_.size()) sim().schedule(timer_, sim().now() + r.think);
  }

 private:
  Instant issued_{};
};

}  // namespace

std::vector<MeasuredRequest> read_measured(const std::string& path) {
  const std::unique_ptr<TraceReader> reader = open_trace(path);
  std::vector<MeasuredRequest> requests;
  std::array<IoRecord, 1024> buffer;
  Time last_end{0};
  for (std::size_t n = reader->read(buffer); n > 0; n = reader->read(buffer))
    for (const IoRecord& r : std::span(buffer).first(n)) {
      if (r.op != Op::read && r.op != Op::write) continue;
      const auto bad = [&](const char* why) {
        return ConfigError({path, 0}, "trace", fmt::format("request {} {}", requests.size() + 1, why));
      };
      if (!r.done()) throw bad("has no completion time; a measured trace says how long each took");
      if (!requests.empty() && r.issued < last_end)
        throw bad("was issued before the one in front of it had completed");
      if (!requests.empty()) requests.back().think = r.issued - last_end;
      requests.push_back({r.op, r.offset, r.length, r.end() - r.issued, Time{0}});
      last_end = r.end();
    }
  if (requests.empty()) throw ConfigError({path, 0}, "trace", "no reads or writes in it");
  return requests;
}

std::vector<LatencyPair> replay_on_device(const std::string& model, const ConfigMap& params,
                                          const std::string& section,
                                          const std::vector<MeasuredRequest>& requests, std::uint64_t seed) {
  std::vector<LatencyPair> pairs;
  pairs.reserve(requests.size());
  run_trace<OneCaller>(model, params, section, requests, seed, pairs);
  return pairs;
}

}  // namespace blkpath
