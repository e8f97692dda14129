#include <algorithm>
#include <deque>

#include "model/core/registry.hpp"
#include "model/core/sim.hpp"

namespace blkpath {
namespace {
enum class Elevator : std::uint8_t { noop, deadline };
}
template <>
struct EnumNames<Elevator> {
  static constexpr std::array<std::pair<std::string_view, Elevator>, 2> names{
      {{"noop", Elevator::noop}, {"deadline", Elevator::deadline}}};
};

namespace {

/// The host's block layer: one request queue for each device (the request's target). A request that touches
/// the end of the last one queued is merged with it. What arrives at one instant is plugged: it is merged in
/// the order of arrival before anything is dispatched. At most nr_requests stand in a queue, then submitters
/// sleep, and are woken one by one in order of arrival; at most queue_depth are in the device. Who has slept
/// may for `batch_time` put `batch_requests` into a full queue, up to half of nr_requests above it, while the
/// others go on sleeping: rare, but the longest latencies of a host with more I/Os than requests. The
/// flusher, which looks whether a queue is congested, takes no part in it. Source: Linux 2.6 to 4.20,
/// block/blk-core.c, get_request() and ioc_batching(). Elevators: noop dispatches in order of arrival,
/// deadline in order of offset, cyclic. Below, a merged request's time goes where that of its carrier goes.
/// Leaves out: front merges, deadline's expiry and read preference, cfq.
class BlockQueue final : public Stage {
 public:
  static constexpr Layer kLayer = Layer::block;
  struct Params {
    Elevator elevator = Elevator::noop;
    int nr_requests = 128;
    int batch_requests = 32;
    Time batch_time = 20ms;
    int queue_depth = 32;
    Bytes max_request = 512_KiB;
    Time submit_cost = 9us;
    static auto fields() {
      return std::tuple{
          field("elevator", &Params::elevator, "order of dispatch", configured()),
          field("nr_requests", &Params::nr_requests, "requests per queue before submitters sleep",
                datasheet("Linux default of /sys/block/*/queue/nr_requests")),
          field("batch_requests", &Params::batch_requests,
                "that a submitter which has slept may put into a full queue; 0: none, as with blk-mq",
                datasheet("Linux 2.6 to 4.20, BLK_BATCH_REQ")),
          field("batch_time", &Params::batch_time, "for so long",
                datasheet("Linux 2.6 to 4.20, BLK_BATCH_TIME: HZ/50")),
          field("queue_depth", &Params::queue_depth, "requests in one device at most",
                datasheet("qla2xxx ql2xmaxqdepth default")),
          field("max_request", &Params::max_request, "merging stops here",
                datasheet("Linux default of max_sectors_kb")),
          field("submit_cost", &Params::submit_cost,
                "in the caller: get the request, map its pages, SCSI command, driver", assumed("2 GHz core")),
      };
    }
    void check() const {
      if (nr_requests < 1) throw std::invalid_argument("nr_requests: at least 1, for example 128");
      if (batch_requests < 0) throw std::invalid_argument("batch_requests: 0 or more, for example 32");
      if (queue_depth < 1) throw std::invalid_argument("queue_depth: at least 1, for example 32");
      if (max_request.n < 512)
        throw std::invalid_argument("max_request: at least one sector, for example 512KiB");
    }
  };
  explicit BlockQueue(const Params& p) : p_(p) {}

  void start() override { unplug_ = sim().timer(*this); }

  void submit(Slot s) override {
    Request& r = sim()[s];
    if (r.target >= devices_.size()) devices_.resize(r.target + 1u);
    cpu_ += p_.submit_cost;
    if (r.flags & Request::kBackground) {  // the flusher's own processor time delays nobody
      admit(s);
      if (!plugged_.empty() && !sim().pending(unplug_)) sim().schedule(unplug_, sim().now());
    } else {
      sim().hold(s, Time{0}, p_.submit_cost);
      entering_.push(sim(), s);
    }
  }
  void on_event(Slot s) override {
    if (s != unplug_) {  // and all others whose submission ends now; events at one instant come in any order
      Slot before = kNoSlot;
      for (std::size_t left = entering_.size(); left > 0; --left) {
        const Slot due = before == kNoSlot ? entering_.front() : sim()[before].next;
        if (sim()[due].since != sim().now()) {
          before = due;
          continue;
        }
        entering_.remove_after(sim(), before);
        if (due != s) sim().cancel(due);
        admit(due);
      }
    }
    unplug();
  }
  void complete(Slot s) override {
    Request& r = sim()[s];
    Device& d = devices_[r.target];
    Slot merged = merge_[s].first;
    const std::uint16_t error = r.error;
    r.length = merge_[s].own_length;
    for (Slot m = merged; m != kNoSlot; m = merge_[m].next) sim().leave(m, s);
    --d.in_device;
    --d.allocated;
    if (d.allocated < p_.nr_requests) {
      d.full = false;
      wake(d);
    }
    unplug();
    dispatch(d);
    sim().up(s);
    while (merged != kNoSlot) {
      const Slot following = merge_[merged].next;  // before up(): it may reuse the slot
      sim()[merged].error = error;
      sim().up(merged);
      merged = following;
    }
  }
  LoadShape passed_down(const LoadShape& load) const override {
    LoadShape below = load;
    if (p_.elevator == Elevator::deadline) below.scattered = false;
    return below;
  }
  std::vector<StatValue> stats() const override {
    return {
        {"dispatched", "requests", "requests sent to devices", static_cast<double>(dispatched_)},
        {"merged", "requests", "requests that were merged into another one", static_cast<double>(merged_)}};
  }

 private:
  struct Batch {
    int left = 0;
    Instant since{};
  };
  struct Device {
    SlotQueue queue, sleepers;
    std::vector<Batch> batches;  ///< by submitter
    int allocated = 0, in_device = 0;
    bool full = false;      ///< since it was, only who has slept may add to it
    std::int64_t head = 0;  ///< deadline: where the last dispatch ended
    bool plugged = false;
  };
  /// Merged requests hang in a list on the one that goes to the device.
  struct Merge {
    Slot first = kNoSlot, last = kNoSlot, next = kNoSlot;
    std::uint32_t own_length = 0;
  };

  void unplug() {
    for (const std::uint16_t target : plugged_) {
      devices_[target].plugged = false;
      dispatch(devices_[target]);
    }
    plugged_.clear();
  }
  void admit(Slot s) {
    const Request& r = sim()[s];
    Device& d = devices_[r.target];
    if (merge_.size() < sim().slots()) merge_.resize(sim().slots());
    if (!d.queue.empty() && try_merge(d.queue.back(), s)) {
      sim().submitted(s);
      return;
    }
    if (!allocate(d, s)) {
      sim().mark_queued(s);
      d.sleepers.push(sim(), s);
      return;
    }
    merge_[s] = {kNoSlot, kNoSlot, kNoSlot, r.length};
    sim().mark_queued(s);
    d.queue.push(sim(), s);
    if (!d.plugged) {
      d.plugged = true;
      plugged_.push_back(r.target);
    }
    sim().submitted(s);
  }
  /// One sleeper, and another one for each that is merged and needs no request.
  void wake(Device& d) {
    const int before = d.allocated;
    while (d.allocated == before && !d.sleepers.empty()) {
      const Slot s = d.sleepers.pop(sim());
      begin_batch(batch_of(d, s));
      admit(s);
    }
  }
  /// Of the thread at which the I/O began.
  Batch& batch_of(Device& d, Slot s) {
    while (sim()[s].parent != kNoSlot) s = sim()[s].parent;
    const StageId submitter = sim()[s].route[0];
    if (submitter >= d.batches.size()) d.batches.resize(submitter + 1u);
    return d.batches[submitter];
  }
  bool batches(const Batch& b) const {
    return b.left > 0 && (b.left == p_.batch_requests || sim().now() < b.since + p_.batch_time);
  }
  void begin_batch(Batch& b) {
    if (!batches(b)) b = {p_.batch_requests, sim().now()};
  }
  /// @return false when the submitter has to sleep
  bool allocate(Device& d, Slot s) {
    if (p_.batch_requests == 0 || (sim()[s].flags & Request::kBackground)) {
      if (d.allocated >= p_.nr_requests) return false;
      ++d.allocated;
      return true;
    }
    Batch& b = batch_of(d, s);
    if (d.allocated + 1 >= p_.nr_requests) {
      if (!d.full) {  // who fills it has as much right to it as who has slept
        begin_batch(b);
        d.full = true;
      } else if (!batches(b)) {
        return false;
      }
      if (d.allocated >= p_.nr_requests + p_.nr_requests / 2) return false;
    }
    ++d.allocated;
    if (batches(b)) --b.left;
    return true;
  }
  bool try_merge(Slot into, Slot s) {
    Request& a = sim()[into];
    const Request& b = sim()[s];
    if (a.op != b.op || a.op == Op::flush || a.offset + a.length != b.offset ||
        a.length + b.length > p_.max_request.n || ((a.flags ^ b.flags) & Request::kFua))
      return false;
    a.length += b.length;
    Merge& m = merge_[into];
    merge_[s] = {kNoSlot, kNoSlot, kNoSlot, b.length};
    (m.first == kNoSlot ? m.first : merge_[m.last].next) = s;
    m.last = s;
    sim().ride(s, into);
    ++merged_;
    return true;
  }
  void dispatch(Device& d) {
    while (!d.plugged && d.in_device < p_.queue_depth && !d.queue.empty()) {
      const Slot s = p_.elevator == Elevator::noop ? d.queue.pop(sim()) : next_by_offset(d);
      ++d.in_device;
      ++dispatched_;
      d.head = sim()[s].offset + sim()[s].length;
      sim().down(s, below());
    }
  }
  Slot next_by_offset(Device& d) {
    Slot best = kNoSlot, lowest = kNoSlot, before_best = kNoSlot, before_lowest = kNoSlot, before = kNoSlot;
    for (Slot s = d.queue.front(); s != kNoSlot; before = s, s = sim()[s].next) {
      const std::int64_t at = sim()[s].offset;
      if (at >= d.head && (best == kNoSlot || at < sim()[best].offset)) best = s, before_best = before;
      if (lowest == kNoSlot || at < sim()[lowest].offset) lowest = s, before_lowest = before;
    }
    return d.queue.remove_after(sim(), best != kNoSlot ? before_best : before_lowest);
  }

  Params p_;
  std::deque<Device> devices_;  ///< by target; they stay in place when one more is met
  std::vector<Merge> merge_;    ///< by slot
  SlotQueue entering_;          ///< in their submission, which takes the same time for all
  std::vector<std::uint16_t> plugged_;
  Slot unplug_ = kNoSlot;
  std::int64_t dispatched_ = 0, merged_ = 0;
};

const Registered<BlockQueue> registered{"block_queue",
                                        "The host's request queues: plug, merge, elevator, depth."};

}  // namespace
}  // namespace blkpath
