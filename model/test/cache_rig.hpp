/// A client and a device for tests of the page cache.
#pragma once
#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "model/core/sim.hpp"
#include "model/page_cache.hpp"

namespace blkpath::test {

inline constexpr std::int64_t kKiB = 1024;

/// Fixed service, `servers` at a time, first come first served; notes what arrives when `notes` is set.
class FakeDevice final : public Stage {
 public:
  struct Arrival {
    Op op;
    std::int64_t offset, length;
    std::uint8_t flags;
    Instant at;
  };
  FakeDevice(Time service, std::size_t servers) : service_(service), free_(servers) {}
  void submit(Slot s) override {
    const Request& r = sim()[s];
    if (notes) arrivals.push_back({r.op, r.offset, r.length, r.flags, sim().now()});
    if (r.op == Op::write) bytes_written += r.length;
    sim()[s].error = error;
    deepest = std::max(deepest, ++inside);
    auto first = std::min_element(free_.begin(), free_.end());
    const Instant begin = std::max(*first, sim().now());
    *first = begin + service_;
    sim().hold(s, begin - sim().now(), service_);
  }
  void on_event(Slot s) override {
    --inside;
    sim().up(s);
  }
  std::vector<Arrival> arrivals;
  bool notes = true;
  std::uint16_t error = 0;
  std::int64_t bytes_written = 0, inside = 0, deepest = 0;

 private:
  Time service_;
  std::vector<Instant> free_;
};

/// Opens requests when told to; when `again` is set, opens another one at each completion.
class Client final : public Stage {
 public:
  struct Want {
    Op op = Op::write;
    std::int64_t offset = 0;
    std::uint32_t length = 4096;
    std::uint8_t flags = 0;
  };
  struct Done {
    Slot slot;
    Instant opened, submitted, completed;
    std::uint16_t error;
  };
  void start() override { timer_ = sim().timer(*this); }
  void submit(Slot) override {}
  void submitted(Slot s, int) override { submitted_[s] = sim().now(); }
  void complete(Slot s) override {
    const Request& r = sim()[s];
    ++completed;
    bytes += r.length;
    if (notes) done.push_back({s, r.born, submitted_[s], sim().now(), r.error});
    sim().close(s);
    ++owed_;
    if (again) sim().schedule(timer_, sim().now());
  }
  void on_event(Slot) override {
    for (; owed_ > 0 && again; --owed_) launch(again());
  }
  Slot launch(const Want& w) {
    const Slot s = sim().open(*this, w.op, w.offset, w.length, w.flags);
    if (submitted_.size() <= s) submitted_.resize(s + 1);
    submitted_[s] = Instant::min();
    sim().down(s, below());
    return s;
  }
  std::function<Want()> again;
  std::vector<Done> done;
  std::int64_t completed = 0, bytes = 0;
  bool notes = true;

 private:
  Slot timer_ = kNoSlot;
  int owed_ = 0;
  std::vector<Instant> submitted_;
};

/// client -> page cache -> device
struct CacheRig {
  explicit CacheRig(const PageCache::Params& params, Time service = 1ms, std::size_t servers = 1) {
    client = add(std::make_unique<Client>(), "client");
    cache = add(std::make_unique<PageCache>(params), "cache");
    device = add(std::make_unique<FakeDevice>(service, servers), "device");
    sim.connect(client->id(), cache->id());
    sim.connect(cache->id(), device->id());
    sim.start();
  }
  template <class S>
  S* add(std::unique_ptr<S> owned, const std::string& name) {
    S* const stage = owned.get();
    sim.add(std::move(owned), name, name);
    return stage;
  }
  void run() { sim.run_until(Instant::max()); }
  void run_until(Time t) { sim.run_until(Instant{t}); }
  void write(std::int64_t offset, std::uint32_t length, std::uint8_t flags = 0) {
    client->launch({Op::write, offset, length, flags});
  }
  void read(std::int64_t offset, std::uint32_t length) { client->launch({Op::read, offset, length, 0}); }
  void flush() { client->launch({Op::flush, 0, 0, 0}); }
  double stat(std::string_view name) const {
    for (const StatValue& v : cache->stats())
      if (v.name == name) return v.value;
    return -1;
  }
  Sim sim{1};
  Client* client;
  PageCache* cache;
  FakeDevice* device;
};

/// A small cache with costs that are easy to add up: 10 us a request, 1 us a page, 4 us for 4 KiB.
inline PageCache::Params small_cache() {
  PageCache::Params p;
  p.memory = 64_MiB;
  p.dirty_ratio = 20;
  p.dirty_background_ratio = 10;
  p.ratelimit_pages = 64;
  p.read_ahead = Bytes{0};
  p.per_request = 10us;
  p.per_page = 1us;
  p.copy_rate = ByteRate{1'024'000'000};
  return p;
}

}  // namespace blkpath::test
