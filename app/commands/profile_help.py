"""Help texts that name the shipped profiles; a test holds them equal to the files."""

RULE_PROFILES = (
    "Rule profile: asco-cap-2018, gastric-biopsy, gastric-resection, zhang-2020, or a .toml file."
)
STAIN_PROFILES = "Stain profile: camera, scanner, one of your own by name, or a .toml file."
