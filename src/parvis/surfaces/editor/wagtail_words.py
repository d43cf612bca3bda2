"""Wagtail messages that we translate into French ourselves, since this app's catalogue is read before Wagtail's.

Wagtail's French says "créé(e)", "ce(tte)" and "workflow", and that an answer submitted for review will be published.
The few whose English we change too are in `locale/en`. Nothing imports this module: it is here for `makemessages`.
Delete a message once Wagtail no longer uses it.
"""

from django.utils.translation import gettext_noop as _
from django.utils.translation import ngettext_lazy

MESSAGES = (
    _("%(model_name)s '%(object)s' created."),
    _("%(model_name)s '%(object)s' updated."),
    _("%(model_name)s '%(object)s' created and published."),
    _("%(model_name)s '%(object)s' updated and published."),
    _("%(model_name)s '%(object)s' created and scheduled for publishing."),
    _("%(model_name)s '%(object)s' is live and this version has been scheduled for publishing."),
    _("%(model_name)s '%(object)s' has been submitted for moderation."),
    _("%(model_name)s '%(object)s' created and submitted for moderation."),
    _("%(model_name)s '%(object)s' has been replaced with version from %(timestamp)s."),
    _("'%(object)s' unpublished."),
    _("The %(model_name)s could not be created due to errors."),
    _("The %(model_name)s could not be saved due to errors."),
    _("The %(model_name)s could not be saved as it is locked"),
    _("New: %(model_name)s"),
    _("Add %(label)s"),
    _("Are you sure you want to unpublish this %(model_name)s?"),
    _("Would you still like to publish this %(model_name)s?"),
    _("Choose when this %(model_name)s should go live and/or expire"),
    _("No %(model_name)s match your query."),
    _("There are no %(model_name)s to display."),
    ngettext_lazy("Used %(usage_count)s time", "Used %(usage_count)s times", "usage_count"),
    ngettext_lazy(
        "This %(model_name)s is referenced %(usage_count)s time.",
        "This %(model_name)s is referenced %(usage_count)s times.",
        "usage_count",
    ),
    _("Submit to %(workflow_name)s"),
    _("Resubmit to %(task_name)s"),
    _("Cancel workflow "),
    _("Restart workflow "),
    _("Workflow history"),
    _("Workflow state"),
    _("Workflow states"),
    _("Your pages and snippets in a workflow"),
    _("In Moderation"),
    _("This %(model_name)s is currently awaiting moderation."),
    _("Only reviewers for this task can edit the %(model_name)s."),
    _("Workflow on %(model_name)s '%(object)s' has been cancelled."),
    _("Workflow on %(model_name)s '%(object)s' has been restarted."),
    _("model log entry"),
    _("model log entries"),
    _("0 minutes"),  # Wagtail compares it to find "just now", but Django writes it in the singular in French
    _("Locked"),
    _("Unlocked"),
    _("Anyone can edit this %(model_name)s"),
    _("Anyone can edit this %(model_name)s – lock it to prevent others from editing"),
    _("Reviewers can edit this %(model_name)s – lock it to prevent other reviewers from editing"),
    _("%(model_name)s '%(title)s' is now unlocked."),
)
