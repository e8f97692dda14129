/// Who gets an arbitrated loop next.
#pragma once
#include <array>
#include <bit>
#include <cstdint>

namespace blkpath {

/// FC-AL's arbitration: of the ports that want the loop, the one of highest priority wins, port 0 before port
/// 1. A fair port that has won does not arbitrate again until no other fair port does: its access window is
/// over. So of n ports that always want the loop each is served once in every n tenancies. Without fairness
/// the first port is served again and again.
class FcArbitration {
 public:
  static constexpr int kPorts = 127;  ///< 126 NL_Ports and an FL_Port

  explicit FcArbitration(bool fair) : fair_(fair) {}
  void want(int port) { word(wanting_, port) |= bit(port); }
  void drop(int port) { word(wanting_, port) &= ~bit(port); }
  bool idle() const { return (wanting_[0] | wanting_[1]) == 0; }
  /// The winner, which goes on wanting the loop until drop(). There must be a port that wants it.
  int win() {
    const Ports eligible{wanting_[0] & ~won_[0], wanting_[1] & ~won_[1]};
    if ((eligible[0] | eligible[1]) == 0) {  // the window closes and the next one opens
      won_ = {};
      return award(first(wanting_));
    }
    return award(first(eligible));
  }

 private:
  using Ports = std::array<std::uint64_t, 2>;
  static std::uint64_t bit(int port) { return std::uint64_t{1} << (port % 64); }
  static std::uint64_t& word(Ports& ports, int port) { return ports[static_cast<std::size_t>(port / 64)]; }
  static int first(const Ports& ports) {
    return ports[0] != 0 ? std::countr_zero(ports[0]) : 64 + std::countr_zero(ports[1]);
  }
  int award(int port) {
    if (fair_) word(won_, port) |= bit(port);
    return port;
  }

  bool fair_;
  Ports wanting_{}, won_{};
};

}  // namespace blkpath
