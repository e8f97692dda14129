#include "model/core/params.hpp"

#include <gmock/gmock.h>

#include <array>

namespace blkpath {

enum class Shade { dark, light };
template <>
struct EnumNames<Shade> {
  static constexpr std::array<std::pair<std::string_view, Shade>, 2> names{
      {{"dark", Shade::dark}, {"light", Shade::light}}};
};

namespace {

using ::testing::HasSubstr;

struct Zone {
  std::int64_t cylinders = 0;
  ByteRate rate;
  static auto fields() { return std::tuple{&Zone::cylinders, &Zone::rate}; }
  static std::string example() { return "[1200, 45MB/s]"; }
};

struct Everything {
  Time overhead = 2us;
  Bytes cache = 8_MiB;
  ByteRate rate = 850_MBps;
  bool wce = true;
  std::uint32_t depth = 32;
  double seek_a = 0.25;
  Shade shade = Shade::dark;
  std::string label = "none";
  std::vector<Zone> zones;
  static auto fields() {
    return std::tuple{field("overhead", &Everything::overhead, "per request", fitted("case_a", "100ns")),
                      field("cache", &Everything::cache, "buffer", datasheet("sheet, p. 3")),
                      field("rate", &Everything::rate, "payload", measured("trace")),
                      field("wce", &Everything::wce, "write cache", configured()),
                      field("depth", &Everything::depth, "tags", configured()),
                      field("seek_a", &Everything::seek_a, "curve", assumed()),
                      field("shade", &Everything::shade, "colour", configured()),
                      field("label", &Everything::label, "text", configured()),
                      field("zones", &Everything::zones, "outer to inner", assumed())};
  }
  void check() const {
    if (depth == 0) throw std::invalid_argument("depth 0 can never issue a request");
  }
};

ConfigValue scalar(std::string text, int line = 7) {
  return {std::move(text), {}, false, {"s.yaml", line}, {}};
}
ConfigValue list(std::vector<ConfigValue> items) { return {"", std::move(items), true, {"s.yaml", 9}, {}}; }
ConfigMap with(std::string key, ConfigValue value) {
  return {{"s.yaml", 5}, {{std::move(key), std::move(value)}}};
}
std::string error_of(const ConfigMap& config) {
  try {
    Everything e;
    read_params(e, config, "disk");
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "no error";
}

struct Derived {
  ByteRate rate{0};
  static auto fields() { return std::tuple{field("rate", &Derived::rate, "0B/s: by speed", configured())}; }
  void check() const {}
};
TEST(Params, ADefaultRateOfNothingMayBeWrittenToo) {
  Derived d;
  EXPECT_NO_THROW(read_params(d, with("rate", scalar("0B/s")), "link"));
  EXPECT_EQ(d.rate, ByteRate{0});
  Everything e;
  EXPECT_THROW(read_params(e, with("rate", scalar("0B/s")), "disk"), ConfigError);
}

TEST(Params, DefaultsStayWhereNothingIsWritten) {
  Everything e;
  const auto infos = read_params(e, {}, "disk");
  ASSERT_EQ(infos.size(), 9u);
  EXPECT_EQ(infos[0].name, "overhead");
  EXPECT_EQ(infos[0].type, "time");
  EXPECT_EQ(infos[0].value, "2us");
  EXPECT_EQ(infos[0].sentence, "per request");
  EXPECT_EQ(infos[0].provenance.kind, Provenance::Kind::fitted);
  EXPECT_EQ(infos[0].provenance.standard_error, "100ns");
  EXPECT_EQ(infos[6].type, "dark|light");
  EXPECT_EQ(infos[8].type, "rows like [1200, 45MB/s]");
  EXPECT_EQ(infos[8].value, "[]");
}

TEST(Params, EveryTypeReadsBackTheValueItPrints) {
  Everything e;
  e.overhead = 1234ns;
  e.wce = false;
  e.seek_a = 0.1;
  e.shade = Shade::light;
  ConfigMap config;
  for (const ParamInfo& info : read_params(e, {}, "disk"))
    if (info.name != "zones") config.entries.emplace_back(info.name, scalar(info.value));
  Everything back;
  read_params(back, config, "disk");
  EXPECT_EQ(back.overhead, e.overhead);
  EXPECT_EQ(back.cache, e.cache);
  EXPECT_EQ(back.rate, e.rate);
  EXPECT_EQ(back.wce, e.wce);
  EXPECT_EQ(back.depth, e.depth);
  EXPECT_EQ(back.seek_a, e.seek_a);
  EXPECT_EQ(back.shade, e.shade);
  EXPECT_EQ(back.label, e.label);
}

TEST(Params, RowsOfAListAreReadFieldByField) {
  Everything e;
  const auto infos = read_params(e,
                                 with("zones", list({list({scalar("1200"), scalar("45MB/s")}),
                                                     list({scalar("900"), scalar("30MB/s")})})),
                                 "disk");
  ASSERT_EQ(e.zones.size(), 2u);
  EXPECT_EQ(e.zones[1].cylinders, 900);
  EXPECT_EQ(e.zones[1].rate, 30_MBps);
  EXPECT_EQ(infos[8].value, "[[1200, 45MB/s], [900, 30MB/s]]");
}

TEST(Params, UnknownKeyNamesTheNearestKnownOne) {
  EXPECT_EQ(error_of(with("overhaed", scalar("4us"))),
            "s.yaml:7: disk.overhaed: unknown key. Did you mean 'overhead'?");
  EXPECT_EQ(error_of(with("colour_of_bezel", scalar("beige"))),
            "s.yaml:7: disk.colour_of_bezel: unknown key.");
}

TEST(Params, BadValueNamesPlaceKeyAndAGoodOne) {
  EXPECT_EQ(error_of(with("rate", scalar("850", 12))),
            "s.yaml:12: disk.rate: '850' needs a number and a unit, for example '850MB/s'");
  EXPECT_EQ(error_of(with("shade", scalar("grey"))),
            "s.yaml:7: disk.shade: 'grey' is not one of dark, light");
  EXPECT_THAT(error_of(with("rate", list({}))), HasSubstr("a list stands where one value is wanted"));
  EXPECT_THAT(error_of(with("zones", scalar("4"))), HasSubstr("not a list, for example [[1200, 45MB/s]]"));
  EXPECT_THAT(error_of(with("zones", list({list({scalar("4")})}))), HasSubstr("a row has 2 entries"));
  EXPECT_THAT(error_of(with("zones", list({scalar("4")}))), HasSubstr("'4' is not a row"));
}

TEST(Params, CountThatDoesNotFitItsTypeIsRefused) {
  EXPECT_EQ(error_of(with("depth", scalar("-1"))), "s.yaml:7: disk.depth: '-1' is outside 0 to 4294967295");
  EXPECT_THAT(error_of(with("depth", scalar("4294967296"))), HasSubstr("outside"));
  EXPECT_EQ(error_of(with("depth", scalar("4294967295"))), "no error");
}

TEST(Params, CheckIsReportedAtTheSection) {
  EXPECT_EQ(error_of(with("depth", scalar("0"))), "s.yaml:5: disk: depth 0 can never issue a request");
}

TEST(Params, WrittenValueIsAssumedUnlessItsSourceIsStated) {
  Everything e;
  EXPECT_EQ(read_params(e, with("overhead", scalar("3us")), "disk")[0].provenance.kind,
            Provenance::Kind::assumed);
  ConfigValue cited = scalar("3us");
  cited.provenance = datasheet("manual");
  EXPECT_EQ(read_params(e, with("overhead", cited), "disk")[0].provenance.kind, Provenance::Kind::datasheet);
  EXPECT_EQ(read_params(e, with("depth", scalar("4")), "disk")[4].provenance.kind,
            Provenance::Kind::configured);
}

TEST(Provenance, ReadsBackItsNamesAndRefusesOthers) {
  for (const auto kind : {Provenance::Kind::configured, Provenance::Kind::datasheet,
                          Provenance::Kind::measured, Provenance::Kind::fitted, Provenance::Kind::assumed})
    EXPECT_EQ(parse_provenance(to_string(kind)), kind);
  EXPECT_THROW(parse_provenance("guessed"), std::invalid_argument);
}

}  // namespace
}  // namespace blkpath
