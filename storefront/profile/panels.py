"""How the profile is laid out in the workspace."""

from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, FieldRowPanel, HelpPanel, MultiFieldPanel

from storefront.profile.forms import ColourInput


def _colour(name: str) -> FieldPanel:
    return FieldPanel(name, widget=ColourInput)


PANELS = [
    MultiFieldPanel(
        [FieldPanel("tagline"), FieldPanel("logo"), FieldPanel("picture")],
        heading=_("Your sign"),
        classname="profile-sign",
    ),
    MultiFieldPanel(
        [
            FieldRowPanel([_colour("brand_colour"), _colour("accent_colour")]),
            FieldRowPanel([_colour("paper_colour"), _colour("ink_colour")]),
            HelpPanel(template="profile/contrast_panel.html"),
            FieldRowPanel(
                [FieldPanel("type_pair"), FieldPanel("header"), FieldPanel("radius")]
            ),
        ],
        heading=_("Your looks"),
        classname="profile-looks",
    ),
    MultiFieldPanel(
        [
            FieldPanel("street"),
            FieldRowPanel([FieldPanel("postcode"), FieldPanel("city")]),
            FieldPanel("country"),
            FieldRowPanel([FieldPanel("phone"), FieldPanel("email")]),
            FieldRowPanel([FieldPanel("latitude"), FieldPanel("longitude")]),
        ],
        heading=_("Where you are"),
        classname="profile-address",
    ),
]
