/// A path for the tests of single stages: a probe, a chain of registered models, and devices with a fixed
/// time.
#pragma once
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <functional>
#include <memory>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "model/core/registry.hpp"
#include "model/core/sim.hpp"

namespace blkpath::test {

struct Io {
  Op op = Op::read;
  std::int64_t offset = 0;
  std::uint32_t length = 4096;
  std::uint16_t target = 0;
  std::uint8_t flags = 0;
};

/// Issues requests at given times, or as one thread that keeps some outstanding; notes what comes back.
class Probe final : public Stage {
 public:
  struct Record {
    Instant issued, submitted = Instant::min(), completed = Instant::min(), reaped = Instant::min();
    std::uint32_t length = 0;
    std::uint16_t error = 0;
    std::vector<std::int64_t> times;  ///< ns by bucket: queued and service of the probe, then of each stage
  };
  void start() override { timer_ = sim().timer(*this); }
  void submit(Slot) override {}
  /// Dates must not fall. Requests of one date are issued in one event.
  void plan(Time at, const Io& io) {
    planned_.push_back({Instant{at}, io});
    if (planned_.size() == 1) sim().schedule(timer_, Instant{at});
  }
  /// When the thread of loop() takes what is complete: at once, or, as fio does it, one at a time when full.
  enum class Reap { at_once, one_when_full };
  /// One thread: submits, waits for the call to return, and keeps `depth` outstanding until `count` are
  /// issued.
  void loop(int depth, int count, std::function<Io(int)> make, Reap reap = Reap::at_once) {
    depth_ = depth;
    reap_ = reap;
    count_ = count;
    make_ = std::move(make);
    sim().schedule(timer_, sim().now());
  }
  void on_event(Slot) override {
    for (; next_ < planned_.size() && planned_[next_].first == sim().now(); ++next_)
      issue(planned_[next_].second);
    if (next_ < planned_.size()) sim().schedule(timer_, planned_[next_].first);
    if (in_call_) return;
    if (reap_ == Reap::at_once || outstanding_ == depth_ || issued_ == count_) take();
    while (!in_call_ && outstanding_ < depth_ && issued_ < count_) {
      in_call_ = blocks;
      issue(make_(issued_++));
    }
  }
  void submitted(Slot s, int) override {
    Record& r = records[sim()[s].user];
    EXPECT_EQ(r.submitted, Instant::min()) << "a submission returned twice";
    EXPECT_EQ(r.completed, Instant::min()) << "a submission returned after the completion";
    r.submitted = sim().now();
    in_call_ = false;
    go_on();
  }
  void complete(Slot s) override {
    Record& r = records[sim()[s].user];
    EXPECT_EQ(r.completed, Instant::min()) << "completed twice";
    r.completed = sim().at(s);
    r.error = sim()[s].error;
    EXPECT_EQ(sim()[s].length, r.length) << "bytes in, bytes out";
    const std::int64_t* const times = sim().settle(s);
    EXPECT_EQ(Time{std::accumulate(times, times + sim().buckets(), std::int64_t{0})}, r.completed - r.issued)
        << "the times of the stages add up to the latency";
    r.times.assign(times, times + sim().buckets());
    order.push_back(sim()[s].user);
    sim().close(s);
    if (r.submitted == Instant::min()) in_call_ = false;
    go_on();
  }
  bool blocks = true;  ///< false: the thread does not wait for `submitted`, for stages that never say it
  std::vector<Record> records;       ///< in order of issue
  std::vector<std::uint64_t> order;  ///< of completion

 private:
  void issue(const Io& io) {
    const Slot s = sim().open(*this, io.op, io.offset, io.length, io.flags);
    sim()[s].target = io.target;
    sim()[s].user = records.size();
    records.emplace_back();
    records.back().issued = sim().now();
    records.back().length = io.length;
    ++outstanding_;
    sim().down(s, below());
  }
  void take() {
    while (taken_ < order.size()) {
      records[order[taken_++]].reaped = sim().now();
      --outstanding_;
      if (reap_ == Reap::one_when_full) return;
    }
  }
  void go_on() {
    if (depth_ > 0 && !in_call_) sim().schedule(timer_, sim().now());
  }
  Slot timer_ = kNoSlot;
  std::vector<std::pair<Instant, Io>> planned_;
  std::size_t next_ = 0, taken_ = 0;
  int depth_ = 0, count_ = 0, issued_ = 0, outstanding_ = 0;
  Reap reap_ = Reap::at_once;
  bool in_call_ = false;
  std::function<Io(int)> make_;
};

/// When the submitting call returns from a test device.
enum class Returns { never, at_once, with_completion };

struct Devices {
  Time service = 1ms;
  std::size_t servers = 1;
  Returns returns = Returns::never;  ///< never, as disks do it: a block queue has said it before
  std::size_t count = 1;
  Bytes size = Luns::kUnlimited;
};

/// What reached a device.
struct Seen {
  std::size_t device;
  Instant at;
  Op op;
  std::int64_t offset;
  std::uint32_t length;
  std::uint8_t flags;
  std::uint16_t target;
};

/// First come, first served, by some servers, for the same time each.
class TestDevice final : public Stage {
 public:
  TestDevice(const Devices& d, std::size_t index, std::vector<Seen>& seen)
      : d_(d), index_(index), seen_(seen), free_(d.servers) {}
  void submit(Slot s) override {
    Request& r = sim()[s];
    r.phase = kArrival;
    if (sim().catch_up(s)) return;
    r.phase = kServed;
    seen_.push_back({index_, sim().now(), r.op, r.offset, r.length, r.flags, r.target});
    r.error = error;
    deepest = std::max(deepest, ++inside_);
    Instant& free = *std::min_element(free_.begin(), free_.end());
    const Instant begin = std::max(free, sim().now());
    free = begin + d_.service;
    if (d_.returns == Returns::at_once) sim().submitted(s);
    sim().hold(s, begin - sim().now(), d_.service);
  }
  void on_event(Slot s) override {
    if (sim()[s].phase == kArrival) return submit(s);
    --inside_;
    if (d_.returns == Returns::with_completion) sim().submitted(s);
    sim().up(s);
  }
  Luns luns(std::span<const Luns>) const override { return {1, d_.size, this}; }
  std::uint16_t error = 0;
  int deepest = 0;

 private:
  enum Phase : std::uint8_t { kArrival, kServed };
  Devices d_;
  std::size_t index_;
  std::vector<Seen>& seen_;
  std::vector<Instant> free_;
  int inside_ = 0;
};

/// "[[2, 10], [3, 8]]" or "40us", as a scenario file would give it.
inline ConfigValue config_value(const char*& text) {
  ConfigValue value;
  const auto skip = [&] {
    while (*text == ' ' || *text == ',') ++text;
  };
  if (*text == '[') {
    value.is_list = true;
    for (++text, skip(); *text != ']'; skip()) value.items.push_back(config_value(text));
    ++text;
  } else {
    while (*text && *text != ',' && *text != ']') value.text += *text++;
  }
  return value;
}

struct Model {
  std::string name;
  std::vector<std::pair<std::string, std::string>> params = {};
};

/// probe -> models, one below the other -> devices, all below the last model. Costs that are not named are as
/// the models have them.
class TestPath {
 public:
  explicit TestPath(const std::vector<Model>& models, const Devices& devices = {}, std::uint64_t seed = 1)
      : sim(seed) {
    probe = add(std::make_unique<Probe>(), "probe");
    StageId above = probe->id();
    for (const Model& model : models) {
      ConfigMap config;
      for (const auto& [key, text] : model.params) {
        const char* at = text.c_str();
        config.entries.emplace_back(key, config_value(at));
      }
      Built built = find_model(model.name, {}, "model").make(config, model.name);
      stages.push_back(add(std::move(built.stage), model.name + std::to_string(stages.size())));
      sim.connect(above, stages.back()->id());
      above = stages.back()->id();
    }
    for (std::size_t i = 0; i < devices.count; ++i) {
      device.push_back(add(std::make_unique<TestDevice>(devices, i, seen), "device" + std::to_string(i)));
      sim.connect(above, device.back()->id());
    }
    sim.start();
  }
  TestPath& at(Time t, const Io& io) {
    probe->plan(t, io);
    return *this;
  }
  TestPath& run() {
    sim.run_until(Instant::max());
    EXPECT_EQ(sim.open_requests(), 0u) << "all requests come back";
    return *this;
  }
  // Of request `i` in order of issue, as text: "40us".
  std::string slat(std::size_t i = 0) const { return format(io(i).submitted - io(i).issued); }
  std::string clat(std::size_t i = 0) const { return format(io(i).completed - io(i).submitted); }
  std::string lat(std::size_t i = 0) const { return format(io(i).completed - io(i).issued); }
  std::string done(std::size_t i = 0) const { return format(io(i).completed.time_since_epoch()); }
  const Probe::Record& io(std::size_t i) const { return probe->records.at(i); }
  const std::vector<std::uint64_t>& order() const { return probe->order; }
  std::vector<std::int64_t> offsets() const {
    std::vector<std::int64_t> all;
    for (const Seen& s : seen) all.push_back(s.offset);
    return all;
  }
  double stat(std::size_t stage, std::string_view name) const {
    for (const StatValue& v : stages.at(stage)->stats())
      if (v.name == name) return v.value;
    return -1;
  }

  Sim sim;
  Probe* probe = nullptr;
  std::vector<Stage*> stages;
  std::vector<TestDevice*> device;
  std::vector<Seen> seen;  ///< by the devices, in order

 private:
  template <class S>
  S* add(std::unique_ptr<S> owned, const std::string& name) {
    S* const stage = owned.get();
    sim.add(std::move(owned), name, name);
    return stage;
  }
};

}  // namespace blkpath::test
