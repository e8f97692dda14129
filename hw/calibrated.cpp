#include <algorithm>
#include <cerrno>
#include <deque>
#include <functional>
#include <limits>

#include "hw/calibrated_arm.hpp"
#include "hw/calibrated_buffer.hpp"
#include "model/core/registry.hpp"

namespace blkpath {
namespace {

/// A device that nobody can open, with its controller: what serves it is known from measurements of it alone.
///
/// At most `tags` commands are in it. Each crosses the link of its lane, writes before their service, reads
/// after it. What serves is `servers` places with service times drawn from a table, or an arm for each lane,
/// or, for writes, a buffer that is written in turns. Completions may be collected for one interrupt.
/// Leaves out: reads that wait for the buffer's way to the media, reads answered from it, and what a device
/// remembers beyond seconds (garbage collection, heat).
class Calibrated final : public Stage {
 public:
  static constexpr Layer kLayer = Layer::device;
  using Params = CalibratedParams;

  explicit Calibrated(const Params& p)
      : p_(p),
        tables_{QuantileTable(p.read, "read"), QuantileTable(p.write, "write"),
                QuantileTable(p.read_sequential.empty() ? p.read : p.read_sequential, "read_sequential"),
                QuantileTable(p.write_sequential.empty() ? p.write : p.write_sequential, "write_sequential")},
        ack_(p.write_ack, "write_ack") {
    for (int i = 0; i < p.lanes; ++i)
      lanes_.push_back({{}, CalibratedArm(p), CalibratedBuffer(p.write_buffer)});
    if (p.servers < p.tags) free_at_.resize(static_cast<std::size_t>(p.servers));
  }

  void start() override {
    random_ = Random(sim().seed(), name());
    interrupt_ = sim().timer(*this);
  }
  void submit(Slot s) override {
    const Request& r = sim()[s];
    if (r.offset < 0 || r.offset + r.length > p_.capacity.n)
      throw std::runtime_error(name() + ": I/O at " + std::to_string(r.offset) + ", beyond the device's " +
                               std::to_string(p_.capacity.n) + " bytes");
    sim()[s].phase = kArrival;
    if (sim().catch_up(s)) return;
    if (in_device_ < p_.tags) {
      enter(s);
    } else {
      sim().mark_queued(s);
      waiting_.push(sim(), s);
    }
  }
  void on_event(Slot s) override {
    if (s == interrupt_) {
      for (std::size_t n = collected_.size(); n > 0; --n) deliver(collected_.pop(sim()));
      return;
    }
    switch (sim()[s].phase) {
      case kArrival:
        submit(s);
        break;
      case kOnLink:
        serve(s);
        break;
      case kArm:
        next_on_arm(lane(s));
        served(s);
        break;
      case kServed:
        served(s);
        break;
      default:
        done(s);
    }
  }
  Luns luns(std::span<const Luns>) const override { return {1, p_.capacity, this}; }
  double max_iops(const LoadShape& load) const override {
    const double reads = load.read_fraction, writes = 1 - reads;
    const double link =
        seconds(p_.command_cost) + load.block_size / static_cast<double>(p_.link_rate.per_second);
    const std::size_t sequential = load.random ? 0 : 2;
    const double kib = load.block_size / 1024;
    const double read = seconds(tables_[sequential].mean()) + kib * seconds(p_.read_per_kib);
    const double write = seconds(tables_[1 + sequential].mean()) + kib * seconds(p_.write_per_kib);
    double lane = link;
    if (p_.write_buffer.n > 0) lane = std::max(lane, writes * write * (1 - p_.rewritten));
    const double on_arm = p_.write_buffer.n > 0 ? reads : 1;
    if (p_.turn > Time{0} && load.random) lane = std::max(lane, on_arm * seconds(p_.seek_base));
    double bound = p_.lanes / lane;
    if (p_.turn == Time{0}) {
      const double places = std::min(p_.servers, p_.tags);
      bound = std::min(bound, places / (reads * read + (p_.write_buffer.n > 0 ? 0 : writes * write)));
    }
    return bound;
  }
  std::vector<StatValue> stats() const override {
    if (p_.turn == Time{0}) return {};
    return {{"positioning", "us", "mean time of arm and platter",
             micros(positioning_) / std::max<double>(1, static_cast<double>(positioned_))}};
  }
  Bytes at_risk() const override {
    Bytes all{0};
    for (const Lane& lane : lanes_) all += CalibratedBuffer(lane.buffer).unwritten(sim().now());
    return all;
  }

 private:
  enum Phase : std::uint8_t { kArrival, kOnLink, kArm, kServed, kDone };
  struct Lane {
    FifoServer link;
    CalibratedArm arm;
    CalibratedBuffer buffer;
  };

  Lane& lane(Slot s) {
    return lanes_.size() == 1
               ? lanes_[0]
               : lanes_[static_cast<std::size_t>(sim()[s].offset / p_.stripe.n) % lanes_.size()];
  }
  void enter(Slot s) {
    Request& r = sim()[s];
    ++in_device_;
    if (r.op == Op::write) {
      cross_link(s, kOnLink);
    } else if (r.op == Op::read) {
      serve(s);
    } else {
      if (r.op == Op::trim) r.error = EOPNOTSUPP;
      Instant end = sim().at(s);
      if (r.op == Op::flush && p_.write_buffer.n > 0)
        for (Lane& lane : lanes_) end = std::max(end, lane.buffer.drained(sim().at(s)));
      r.phase = kDone;
      sim().hold(s, Time{0}, end - sim().at(s));
    }
  }
  void cross_link(Slot s, Phase then) {
    Request& r = sim()[s];
    const Time work = p_.command_cost + Bytes{r.length} / p_.link_rate;
    r.phase = then;
    sim().hold(s, lane(s).link.wait(sim().at(s), work), work);
  }
  /// What the table says, for its kind.
  Time service(const Request& r) {
    const bool write = r.op == Op::write;
    const std::size_t kind = (write ? 1u : 0u) + (r.offset == end_[write] ? 2u : 0u);
    end_[write] = r.offset + r.length;
    const Time per_kib = write ? p_.write_per_kib : p_.read_per_kib;
    return tables_[kind].sample(random_) + per_kib * static_cast<std::int64_t>(r.length) / 1024;
  }
  void serve(Slot s) {
    Request& r = sim()[s];
    const Instant now = sim().at(s);
    if (r.op == Op::write && p_.write_buffer.n > 0) {
      CalibratedBuffer& buffer = lane(s).buffer;
      const Time media = service(r);
      const bool again = p_.rewritten > 0 && random_.uniform() < p_.rewritten;
      const Instant room = again ? now : buffer.admit(now, r.length, media);
      const Instant end = (r.flags & Request::kFua) != 0 ? buffer.drained(now) : room + ack_.sample(random_);
      r.phase = kDone;
      sim().hold(s, room - now, std::max(room, end) - room);
    } else if (p_.turn > Time{0}) {
      Lane& l = lane(s);
      const CalibratedArm::Command c = l.arm.command(s, now, r);
      if (l.arm.idle()) {
        begin(l, c, service(r), now);
      } else {
        sim().mark_queued(s);
        l.arm.push(c);
      }
    } else {
      const Time work = service(r);
      r.phase = kServed;
      sim().hold(s, wait_for_server(now, work), work);
    }
  }
  Time wait_for_server(Instant now, Time work) {
    if (free_at_.empty()) return Time{0};
    std::pop_heap(free_at_.begin(), free_at_.end(), std::greater<>{});
    const Instant begin = std::max(now, free_at_.back());
    free_at_.back() = begin + work;
    std::push_heap(free_at_.begin(), free_at_.end(), std::greater<>{});
    return begin - now;
  }
  /// @param decoding  before the arm moves; a command that waited was decoded meanwhile
  void begin(Lane& l, const CalibratedArm::Command& c, Time decoding, Instant now) {
    Time position = l.arm.begin(c, now + decoding);
    if (position > Time{0} && p_.miss > 0 && random_.uniform() < p_.miss) position += p_.turn;
    positioning_ += position;
    ++positioned_;
    sim()[c.slot].phase = kArm;
    l.arm.plan(sim().hold(c.slot, Time{0}, decoding + position));
  }
  void next_on_arm(Lane& l) {
    CalibratedArm::Command next;
    if (l.arm.take(next, sim().now())) begin(l, next, Time{0}, sim().now());
  }
  void served(Slot s) {
    if (sim()[s].op == Op::read)
      cross_link(s, kDone);
    else
      done(s);
  }
  void done(Slot s) {
    if (p_.coalesce_from == 0 || in_device_ < p_.coalesce_from) {
      deliver(s);
      return;
    }
    sim().mark_queued(s);
    if (collected_.empty()) sim().schedule(interrupt_, sim().now() + p_.coalesce_time);
    collected_.push(sim(), s);
  }
  void deliver(Slot s) {
    --in_device_;
    if (!waiting_.empty()) enter(waiting_.pop(sim()));
    sim().up(s);
  }

  Params p_;
  std::array<QuantileTable, 4> tables_;  ///< reads, writes, and those that go on where the last one ended
  QuantileTable ack_;
  Random random_;
  std::deque<Lane> lanes_;
  std::vector<Instant> free_at_;  ///< a heap, the earliest on top; empty: a place for each command
  SlotQueue waiting_, collected_;
  Slot interrupt_ = kNoSlot;
  int in_device_ = 0;
  std::array<std::int64_t, 2> end_{-1, -1};
  Time positioning_{0};
  std::int64_t positioned_ = 0;
};

const Registered<Calibrated> registered{"calibrated",
                                        "A device known from measurements alone: fitted by calibrate."};

}  // namespace
}  // namespace blkpath
