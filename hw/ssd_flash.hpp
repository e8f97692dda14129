/// When the dies and channels of an SSD are busy, and with what.
#pragma once
#include <cstdint>
#include <vector>

#include "hw/ssd_buffer.hpp"
#include "hw/ssd_ftl.hpp"
#include "model/core/sim.hpp"

namespace blkpath {

/// A die does one operation at a time, and its transfers hold it and its channel: tR, then the data out; data
/// in, then tPROG; tBERS. Channels serve in order of arrival.
///
/// When a die becomes free it takes, in this order: a read, unless `read_burst` of them were served in a row;
/// a step of the collector, when that is behind; a page from the write buffer; a step of the collector, when
/// it is to be done in idle time, or to make room for a page that waits. Written data thus go to whichever
/// die is free first, in turn when several are, over the channels first.
///
/// Leaves out: suspending a program or an erase, reads and programs of single planes beside one another,
/// cache reads and programs, command and status cycles, pages of one cell that differ in time.
class SsdFlash {
 public:
  struct Counts {
    std::uint64_t reads = 0;
    Time die_wait{0}, channel_wait{0};  ///< of these reads, together
  };

  /// Opens a timer for each die, so the simulation has started.
  SsdFlash(Sim& sim, const Stage& owner, const SsdParams& p, SsdFtl& ftl, SsdBuffer& buffer);

  /// Reads a page's units, as many as the request's length says, and moves them to the controller.
  /// @param s  a request of the owner's; its target is overwritten
  void read(Slot s, SsdFtl::Unit place);
  /// The event of a request that reads. @return whether its data have arrived
  bool read_event(Slot s);
  /// Free dies look whether there is something to program.
  void kick();

  bool owns(Slot timer) const { return timer - first_timer_ < dies_.size(); }
  void on_timer(Slot timer);

  /// Are the data there on their way into the flash, and still in the controller?
  bool in_controller(SsdFtl::Unit place) const {
    return dies_[ftl_.die_of(place)].programming == ftl_.page_of(place);
  }
  /// All data are in the flash that came into the buffer before its unit of this number did.
  std::uint64_t durable() const;
  const Counts& counts() const { return counts_; }
  /// Time that a die was busy, mean over the dies.
  Time busy() const { return busy_ / static_cast<std::int64_t>(dies_.size()); }

 private:
  static constexpr std::uint32_t kNoPage = ~std::uint32_t{0};
  enum Phase : std::uint8_t { kWaits, kArray, kTransfer };  // of a read
  enum class Work : std::uint8_t { none, read, host_program, gc_read, gc_transfer, gc_program, erase };
  struct Die {
    Work work = Work::none;
    int burst = 0;  ///< reads in a row
    SlotQueue reads;
    std::uint32_t programming = kNoPage;
    std::uint32_t units = 0;     ///< of the buffer, or to be moved
    std::uint64_t position = 0;  ///< in the buffer of the first unit that is programmed
  };

  void next(std::uint32_t d);
  bool collect(std::uint32_t d);
  bool program(std::uint32_t d);
  void start_read(std::uint32_t d, Slot s);
  /// Occupies the die's timer and the die.
  void begin(std::uint32_t d, Work work, Time time);
  Time transfer(std::uint32_t d, Bytes bytes);
  FifoServer& channel(std::uint32_t d) { return channels_[d % channels_.size()]; }

  Sim& sim_;
  SsdFtl& ftl_;
  SsdBuffer& buffer_;
  Time read_, program_, erase_;
  ByteRate rate_;
  Bytes unit_, page_;
  bool copyback_;
  int read_burst_;
  Slot first_timer_;
  std::vector<Die> dies_;
  std::vector<FifoServer> channels_;
  std::size_t idle_;
  std::uint32_t turn_ = 0;  ///< die that is asked first
  Time busy_{0};
  Counts counts_;
};

}  // namespace blkpath
