#include "model/core/units.hpp"

#include <gtest/gtest.h>

#include <concepts>
#include <stdexcept>

#include "model/core/random.hpp"

namespace blkpath {
namespace {

template <class F>
std::string message(F parse, std::string_view text) {
  try {
    parse(text);
  } catch (const std::invalid_argument& e) {
    return e.what();
  }
  return "no error";
}

template <class A, class B>
concept Addable = requires(A a, B b) {
  a + b;
};
static_assert(!Addable<Bytes, Sectors> && !Addable<Bytes, int> && !std::convertible_to<int, Bytes>);
static_assert(to_bytes(Sectors{8}) == 4_KiB);

TEST(Units, TimeReadsBackWhatItPrints) {
  for (const Time t : {0ns, 1ns, 999ns, 1000ns, Time{40us}, Time{1500us}, Time{2s}, Time{90s}, Time{3min}})
    EXPECT_EQ(parse_time(format(t)), t) << format(t);
  EXPECT_EQ(format(Time{40us}), "40us");
  EXPECT_EQ(format(Time{1500us}), "1500us");
}

TEST(Units, RandomQuantitiesReadBackExactly) {
  Random random(1, "units");
  for (int i = 0; i < 10'000; ++i) {
    const auto n = static_cast<std::int64_t>(random.bits() >> (12 + random.below(50)));
    EXPECT_EQ(parse_time(format(Time{n})), Time{n}) << n;
    EXPECT_EQ(parse_bytes(format(Bytes{n})), Bytes{n}) << n;
    EXPECT_EQ(parse_rate(format(ByteRate{n + 1})), ByteRate{n + 1}) << n;
  }
}

TEST(Units, FractionsAndSpacesAreRead) {
  EXPECT_EQ(parse_time("3.4ms"), 3400us);
  EXPECT_EQ(parse_time(" 1 min "), 60s);
  EXPECT_EQ(parse_time("1e3us"), 1ms);
  EXPECT_EQ(parse_bytes("18.35GB"), Bytes{18'350'000'000});
}

TEST(Units, KiloIsAThousandAndKibiIs1024) {
  EXPECT_EQ(parse_bytes("64kB"), Bytes{64'000});
  EXPECT_EQ(parse_bytes("64KiB"), Bytes{65'536});
  EXPECT_EQ(format(64_KiB), "64KiB");
}

TEST(Units, BitRatesAreAnEighthOfByteRates) {
  EXPECT_EQ(parse_rate("2Gb/s"), 250_MBps);
  EXPECT_EQ(parse_rate("100Mb/s"), ByteRate{12'500'000});
}

TEST(Units, RatesPrintInBytesEvenWhenBitsWouldBeShorter) {
  EXPECT_EQ(format(250_MBps), "250MB/s");
  EXPECT_EQ(format(850_MBps), "850MB/s");
}

TEST(Units, BytesOverARateRoundUp) {
  EXPECT_EQ(850_B / 850_MBps, 1us);
  EXPECT_EQ(851_B / 850_MBps, 1002ns);
  EXPECT_EQ(0_B / 850_MBps, 0ns);
  EXPECT_EQ(Bytes{1} / ByteRate{3'000'000'000}, 1ns);
  EXPECT_EQ(Bytes{std::int64_t{1} << 50} / ByteRate{1 << 20}, Time{(std::int64_t{1} << 30) * 1'000'000'000});
}

TEST(Units, SecondsRoundToTheNearestNanosecond) {
  EXPECT_EQ(from_seconds(0.1), 100ms);
  EXPECT_EQ(from_seconds(1.4e-9), 1ns);
  EXPECT_EQ(from_seconds(1.6e-9), 2ns);
  EXPECT_EQ(from_seconds(-1.6e-9), -2ns);
  EXPECT_DOUBLE_EQ(seconds(1500us), 1.5e-3);
  EXPECT_DOUBLE_EQ(micros(1500ns), 1.5);
}

TEST(Units, BareNumberNeedsAUnit) {
  EXPECT_EQ(message(parse_rate, "850"), "'850' needs a number and a unit, for example '850MB/s'");
  EXPECT_EQ(message(parse_time, ""), "'' needs a number and a unit, for example '40us'");
  EXPECT_EQ(message(parse_bytes, "KiB"), "'KiB' needs a number and a unit, for example '64KiB'");
}

TEST(Units, UnknownUnitListsTheKnownOnes) {
  EXPECT_EQ(message(parse_time, "40usec"),
            "'40usec' has an unknown unit (one of ns, us, ms, s, min, h, d), for example '40us'");
  EXPECT_NE(message(parse_bytes, "64K").find("unknown unit (one of B, KiB"), std::string::npos);
}

TEST(Units, NegativeHugeAndStrangeNumbersAreRefused) {
  EXPECT_NE(message(parse_time, "-5us").find("out of range"), std::string::npos);
  EXPECT_NE(message(parse_bytes, "1e30GB").find("out of range"), std::string::npos);
  EXPECT_NE(message(parse_time, "nan").find("needs a number"), std::string::npos);
  EXPECT_NE(message(parse_time, "infs").find("needs a number"), std::string::npos);
  EXPECT_NE(message(parse_rate, "0MB/s").find("above zero"), std::string::npos);
}

TEST(Units, CountsRealsAndSwitches) {
  EXPECT_EQ(parse_count(" 128 "), 128);
  EXPECT_EQ(message(parse_count, "12.5"), "'12.5' is not a whole number, for example '128'");
  EXPECT_DOUBLE_EQ(parse_real("1e-3"), 1e-3);
  EXPECT_EQ(message(parse_real, "0.25x"), "'0.25x' is not a number, for example '0.25'");
  for (const char* const yes : {"true", "on", "yes"}) EXPECT_TRUE(parse_bool(yes));
  for (const char* const no : {"false", "off", "no"}) EXPECT_FALSE(parse_bool(no));
  EXPECT_EQ(message(parse_bool, "1"), "'1' is neither 'true' nor 'false'");
}

}  // namespace
}  // namespace blkpath
