from odoo import api, models


class RelationshipProfileExplain(models.AbstractModel):
    """Why a figure is what it is, in words. A part of ``relationship.profile``.

    A field is explained by the method ``_explain_<field>`` of a profile, which gives a
    sentence with its figures in the user's language, or nothing.
    """

    _name = "relationship.profile.explain"
    _description = "Explanations of a Profile"

    @api.readonly
    def explain(self, names=None) -> dict:
        """Say why figures are what they are.

        :param names: fields; None means all that can be explained
        :return: {profile id: {field: sentence}}, without what has nothing to say
        :raise AccessError: the user may not see one of the profiles
        """
        self.check_access("read")
        prefix = "_explain_"
        known = [
            name
            for name in (self._fields if names is None else names)
            if name in self._fields and hasattr(self, prefix + name)
        ]
        return {
            profile.id: {
                name: sentence
                for name in known
                if (sentence := getattr(profile, prefix + name)())
            }
            for profile in self
        }
